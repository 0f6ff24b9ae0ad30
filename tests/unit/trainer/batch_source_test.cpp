#include "trainer/batch_source.hpp"

#include <gtest/gtest.h>

#include "tests/unit/trainer/test_recordings.hpp"

namespace geod::trainer {
namespace {

constexpr std::int64_t kSamples = 1024;

class BatchSourceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    data_.push_back(
        test::bursts({{Phase::kP, 3000.0}, {Phase::kS, 3400.0}}, 9000, RecordingKind::kWindow, 1));
    models::SeisMollmGeometry geometry;
    geometry.window_samples = kSamples;
    geometry.sampling_rate = *SampleRate::make(100);
    TrainOptions options;
    options.seed = 7;
    auto examples = make_example_source(options, geometry, data_, true);
    ASSERT_TRUE(examples) << examples.error().what;
    examples_ = std::move(*examples);
  }

  static void expect_same(const TrainBatch& one, const TrainBatch& other) {
    EXPECT_EQ(one.step, other.step);
    EXPECT_EQ(one.input, other.input);
    EXPECT_EQ(one.target, other.target);
    EXPECT_EQ(one.weight, other.weight);
  }

  std::vector<Recording> data_;
  std::unique_ptr<ExampleSource> examples_;
};

TEST_F(BatchSourceTest, ContinuesWhereAnotherStopped) {
  const BatchPlan plan{4, 4, 0, kSamples};
  BatchSource from_start(*examples_, plan, 0, 1);
  from_start.next();
  from_start.next();
  BatchSource resumed(*examples_, plan, 2, 1);
  expect_same(from_start.next(), resumed.next());
}

TEST_F(BatchSourceTest, GivesTheSameBatchesInTheSameOrderForAnyNumberOfWorkers) {
  const BatchPlan plan{3, 3, 0, kSamples};
  BatchSource one(*examples_, plan, 5, 1);
  BatchSource two(*examples_, plan, 5, 2);
  BatchSource five(*examples_, plan, 5, 5);
  for (std::int64_t step = 5; step < 30; ++step) {
    const TrainBatch expected = one.next();
    ASSERT_EQ(expected.step, step);
    expect_same(two.next(), expected);
    expect_same(five.next(), expected);
  }
}

TEST_F(BatchSourceTest, PartsOfProcessesMakeTheWholeBatch) {
  const TrainBatch whole = make_batch(*examples_, {4, 4, 0, kSamples}, 9);
  TrainBatch parts = make_batch(*examples_, {2, 4, 0, kSamples}, 9);
  const TrainBatch second = make_batch(*examples_, {2, 4, 2, kSamples}, 9);
  parts.input.insert(parts.input.end(), second.input.begin(), second.input.end());
  parts.target.insert(parts.target.end(), second.target.begin(), second.target.end());
  parts.weight.insert(parts.weight.end(), second.weight.begin(), second.weight.end());
  expect_same(parts, whole);
}

}  // namespace
}  // namespace geod::trainer
