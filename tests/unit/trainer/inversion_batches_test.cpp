#include "trainer/inversion_batches.hpp"

#include <algorithm>
#include <limits>
#include <map>

#include <gmock/gmock.h>

#include "models/inversion_scaling.hpp"
#include "tests/unit/trainer/test_shards.hpp"
#include "tests/unit/trainer/tmp_dir.hpp"

namespace geod::trainer {
namespace {

using testing::HasSubstr;

class InversionBatchesTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto& [name, first] : {std::pair{"flatvel-a", 0}, std::pair{"flatvel-b", 100}}) {
      const auto folder = dir_.path() / name;
      test::write_small_pair(folder / "data/data1.npy", folder / "model/model1.npy", 5, first);
      test::write_small_pair(folder / "data/data2.npy", folder / "model/model2.npy", 6, first + 5);
    }
    open();
  }
  void open() {
    folders_.clear();
    for (const char* name : {"flatvel-a", "flatvel-b"}) {
      auto folder = InversionFolder::open(dir_ / name);
      ASSERT_TRUE(folder) << folder.error().what;
      folders_.push_back(std::move(*folder));
    }
    samples_ = samples_of(folders_, InversionPart::kTraining);
    ASSERT_EQ(samples_.size(), 18U);
    settings_.assign(2, {});
    settings_[1].amplitude_max = 20.0;
  }
  InversionBatches batches(std::int64_t samples, int processes = 1) const {
    return {folders_, samples_, settings_, {samples, processes, 7}};
  }
  /// The number that write_small_pair wrote into each shot of a batch.
  static std::vector<int> numbers(const TrainBatch& batch) {
    std::vector<int> out;
    for (std::int64_t i = 0; i < batch.windows; ++i) {
      out.push_back(static_cast<int>(batch.input[static_cast<std::size_t>(i * 6)]));
    }
    return out;
  }

  test::TmpDir dir_;
  std::vector<InversionFolder> folders_;
  std::vector<InversionSample> samples_;
  std::vector<models::InversionSettings> settings_;
};

TEST_F(InversionBatchesTest, HoldEverySampleAtMostOnceAnEpochAndLeaveTheRestOut) {
  const InversionBatches all = batches(4);
  EXPECT_EQ(all.epoch_steps(), 4);  // 18 samples: two are left over
  std::vector<std::vector<int>> epochs;
  for (std::int64_t epoch = 0; epoch < 2; ++epoch) {
    std::map<int, int> seen;
    epochs.emplace_back();
    for (std::int64_t step = 0; step < 4; ++step) {
      for (const int number : numbers(all.make(epoch * 4 + step, 0))) {
        ++seen[number];
        epochs.back().push_back(number);
      }
    }
    EXPECT_EQ(seen.size(), 16U);
  }
  EXPECT_NE(epochs[0], epochs[1]);
  // A batch has samples of both sets and of several shards.
  EXPECT_GT(std::ranges::max(epochs[0]), 99);
  EXPECT_LT(std::ranges::min(epochs[0]), 5);
}

TEST_F(InversionBatchesTest, NormaliseMapsAndTellTheBoundsOfEachSample) {
  const TrainBatch batch = batches(18).make(0, 0);
  const auto shown = numbers(batch);
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const models::InversionScaling scaling(settings_[shown[i] < 100 ? 0 : 1]);
    EXPECT_EQ(batch.target[4 * i], scaling.velocity(static_cast<float>(2000 + shown[i])));
    EXPECT_EQ(batch.weight[kInversionWeights * i + kLogMinimum], scaling.log_min());
    EXPECT_EQ(batch.weight[kInversionWeights * i + kLogSpan], scaling.log_span());
    EXPECT_EQ(batch.weight[kInversionWeights * i + kCounts], 1.0F);
  }
}

TEST_F(InversionBatchesTest, OfProcessesMakeTheWholeBatch) {
  const TrainBatch whole = batches(6).make(2, 0);
  const InversionBatches parts = batches(6, 2);
  std::vector<int> joined = numbers(parts.make(2, 0));
  const auto second = numbers(parts.make(2, 1));
  joined.insert(joined.end(), second.begin(), second.end());
  EXPECT_EQ(joined, numbers(whole));
}

TEST_F(InversionBatchesTest, GiveABrokenSampleNoWeightAndTellOfIt) {
  std::vector<float> shots(30, 1.0F);
  shots[6 * 2] = std::numeric_limits<float>::infinity();
  test::write_shard(dir_ / "flatvel-a/data/data1.npy", {5, 1, 2, 3}, shots);
  open();
  const InversionBatches all = batches(18);
  const TrainBatch batch = all.make(0, 0);
  int broken = 0;
  for (std::size_t i = 0; i < 18; ++i) {
    const bool counts = batch.weight[kInversionWeights * i + kCounts] == 1.0F;
    EXPECT_TRUE(counts || batch.input[6 * i] == 0.0F);
    broken += counts ? 0 : 1;
  }
  EXPECT_EQ(broken, 1);
  EXPECT_EQ(all.faults().samples, 1U);
  EXPECT_THAT(all.faults().first, HasSubstr("data1.npy: sample 2"));
}

}  // namespace
}  // namespace geod::trainer
