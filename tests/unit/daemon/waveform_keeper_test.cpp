#include "daemon/waveform_keeper.hpp"

#include <chrono>
#include <filesystem>
#include <thread>

#include <gtest/gtest.h>

#include "streams/sds_tree.hpp"
#include "tests/support/record_maker.hpp"
#include "tests/support/wire_tmp_dir.hpp"

namespace geod {
namespace {

using namespace std::chrono_literals;
using test::at_s;

class WaveformKeeperTest : public testing::Test {
 protected:
  /// `to_s - from_s` seconds of 10 Hz on three channels.
  void feed(double from_s, double to_s) {
    for (const char* code : {"HHZ", "HHN", "HHE"}) {
      const auto count = static_cast<std::int64_t>((to_s - from_s) * 10.0);
      ring.push(test::make_record(
          "STA",
          code,
          at_s(from_s),
          test::rate_of(10),
          test::bursts(3, static_cast<std::int64_t>(from_s * 10.0), count, 10, 60)));
    }
  }

  static WaveformWindow window(double from_s, double to_s) {
    return {channel("HHZ").instrument_id(), at_s(from_s), at_s(to_s)};
  }

  static SourceId channel(const char* code) {
    return SourceId::from_seed("XX", "STA", "", code).value();
  }

  std::size_t samples_kept(const char* code) const {
    std::size_t samples = 0;
    const auto pieces =
        streams::SdsTree(root).read(channel(code), at_s(-10'000), at_s(10'000)).value();
    for (const Waveform& piece : pieces) {
      samples += piece.samples.size();
    }
    return samples;
  }

  streams::WaveformRing ring{{1h, 1ULL << 30}};
  DaemonStats stats;
  streams::TmpDir folder;
  std::filesystem::path root = folder.path("sds");
};

TEST_F(WaveformKeeperTest, WritesAllChannelsOfAWindowOnce) {
  WaveformKeeper keeper(ring, root, 0, stats);
  feed(0, 500);
  keeper.keep(window(100, 200));
  keeper.keep(window(150, 250));
  keeper.keep(window(100, 200));
  keeper.close();
  ASSERT_TRUE(keeper.run().has_value());
  for (const char* code : {"HHZ", "HHN", "HHE"}) {
    EXPECT_EQ(samples_kept(code), 1'500U) << code;
  }
  EXPECT_EQ(stats.waveforms.windows_kept, 3U);
  EXPECT_EQ(stats.waveforms.windows_lost, 0U);
  EXPECT_EQ(stats.waveforms.tree_bytes, stats.waveforms.bytes_written);
}

TEST_F(WaveformKeeperTest, WaitsForTheEndOfAWindow) {
  WaveformKeeper keeper(ring, root, 0, stats);
  feed(0, 150);
  keeper.keep(window(100, 200));
  std::jthread thread([&keeper] { EXPECT_TRUE(keeper.run().has_value()); });
  feed(150, 500);
  while (stats.waveforms.windows_kept == 0) {
    std::this_thread::yield();
  }
  EXPECT_EQ(samples_kept("HHN"), 1'000U);
  keeper.close();
}

TEST_F(WaveformKeeperTest, WritesWhatThereIsAtTheEnd) {
  WaveformKeeper keeper(ring, root, 0, stats);
  feed(0, 150);
  keeper.keep(window(100, 200));
  keeper.close();
  ASSERT_TRUE(keeper.run().has_value());
  EXPECT_EQ(samples_kept("HHZ"), 500U);
}

TEST_F(WaveformKeeperTest, CountsWindowsOfASentInstrumentWithoutSamples) {
  WaveformKeeper keeper(ring, root, 0, stats);
  feed(300, 400);
  keeper.keep(window(100, 200));
  WaveformWindow not_sent = window(100, 200);
  not_sent.instrument.source = "N";
  keeper.keep(not_sent);
  keeper.close();
  ASSERT_TRUE(keeper.run().has_value());
  EXPECT_EQ(stats.waveforms.windows_lost, 1U);
  EXPECT_EQ(stats.waveforms.windows_kept, 0U);
}

TEST_F(WaveformKeeperTest, ATreeThatCannotBeMadeIsToldAndEndsNothing) {
  folder.write("file", "");
  WaveformKeeper keeper(ring, folder.path("file") + "/sds", 0, stats);
  feed(0, 500);
  keeper.keep(window(100, 200));
  keeper.close();
  EXPECT_TRUE(keeper.run().has_value());
  EXPECT_TRUE(stats.waveforms.is_failing);
  EXPECT_EQ(stats.waveforms.windows_lost, 1U);
}

TEST_F(WaveformKeeperTest, AFullTreeIsToldAndEndsNothing) {
  WaveformKeeper keeper(ring, root, 8'192, stats);
  feed(0, 2'000);
  for (int i = 0; i < 10; ++i) {
    keeper.keep(window(100.0 * i, 100.0 * (i + 1)));
  }
  keeper.close();
  EXPECT_TRUE(keeper.run().has_value());
  EXPECT_TRUE(stats.waveforms.is_failing);
  EXPECT_GT(stats.waveforms.windows_kept, 0U);
  EXPECT_GT(stats.waveforms.windows_lost, 0U);
  EXPECT_LE(stats.waveforms.tree_bytes, 8'192U);
}

}  // namespace
}  // namespace geod
