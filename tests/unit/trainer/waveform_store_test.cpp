#include "trainer/waveform_store.hpp"

#include <gtest/gtest.h>

#include "trainer/recording.hpp"
#include "trainer/window_mixing.hpp"

namespace geod::trainer {
namespace {

/// Trace i is i everywhere; trace 3 cannot be read, trace 4 is too short.
class CountingReader final : public WaveformReader {
 public:
  explicit CountingReader(int& reads) : reads_(reads) {}
  Result<std::vector<float>> read(std::size_t index) const override {
    ++reads_;
    if (index == 3) {
      return fail(Errc::kCorruptRecord, "a.hdf5: trace 3: broken");
    }
    return std::vector<float>(index == 4 ? 6 : 30, static_cast<float>(index));
  }
  std::string identity() const override { return "counting"; }

 private:
  int& reads_;
};

TEST(WaveformStore, ReadsATraceOnceWhileItFits) {
  int reads = 0;
  const WaveformStore store(std::make_unique<CountingReader>(reads), 2 * 30 * sizeof(float));
  EXPECT_EQ(store.get(1, 10).component(2)[9], 1.0F);
  EXPECT_EQ(store.get(2, 10).component(0)[0], 2.0F);
  (void)store.get(1, 10);
  EXPECT_EQ(reads, 2);
  (void)store.get(5, 10);  // the least recently used, trace 2, makes room
  (void)store.get(1, 10);
  EXPECT_EQ(reads, 3);
  (void)store.get(2, 10);
  EXPECT_EQ(reads, 4);
}

TEST(WaveformStore, KeepsSamplesAliveThatItNoLongerHolds) {
  int reads = 0;
  const WaveformStore store(std::make_unique<CountingReader>(reads), 1);
  const Waveform first = store.get(1, 10);
  (void)store.get(2, 10);
  EXPECT_EQ(first.component(1)[5], 1.0F);
}

TEST(WaveformStore, GivesABrokenTraceAsMissingAndCountsItOnce) {
  int reads = 0;
  const WaveformStore store(std::make_unique<CountingReader>(reads));
  EXPECT_FALSE(store.get(1, 10).missing());
  EXPECT_EQ(store.faults().traces, 0U);
  const Waveform broken = store.get(3, 10);
  EXPECT_TRUE(broken.missing());
  EXPECT_EQ(broken.component(2).size(), 10U);
  (void)store.get(3, 10);
  EXPECT_TRUE(store.get(4, 10).missing());
  EXPECT_EQ(store.faults().traces, 2U);
  EXPECT_EQ(store.faults().first, "a.hdf5: trace 3: broken");
}

TEST(WaveformStore, LeavesNothingToLearnFromAMissingTrace) {
  int reads = 0;
  Recording recording;
  recording.store = std::make_shared<WaveformStore>(std::make_unique<CountingReader>(reads));
  recording.stored = 3;
  recording.samples = 10;
  recording.labels = {{Phase::kP, 5.0}};
  const LabelledWindow window = cut_window(recording, -100.0, 1.0, 200, 100.0);
  EXPECT_TRUE(window.labels.empty());
  EXPECT_EQ(window.masks.size(), 2U);
}

}  // namespace
}  // namespace geod::trainer
