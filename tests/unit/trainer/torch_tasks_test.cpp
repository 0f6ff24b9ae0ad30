#include <nlohmann/json.hpp>

#include "tests/unit/trainer/training_fixture.hpp"

namespace geod::trainer {
namespace {

using models::Task;

/// Runs of the four scalar tasks and of both presets.
class Tasks : public test::TrainingTest, public ::testing::WithParamInterface<Task> {
 protected:
  TrainOptions task_options(const char* out) const {
    TrainOptions train = options(out);
    train.task = GetParam();
    train.hold_out_folds = {0};
    return train;
  }
};

TEST_P(Tasks, ResumedEndsWithTheSameWeightsBitForBit) {
  TrainOptions whole = task_options("whole");
  whole.validate_steps = 10;
  whole.keep_best = 2;
  ASSERT_TRUE(run(whole));
  TrainOptions parts = whole;
  parts.out = dir_ / "parts";
  parts.workers = 2;
  const auto first = run(parts, 13);
  ASSERT_TRUE(first) << first.error().what;
  ASSERT_TRUE(first->stopped);
  const auto second = run(parts);
  ASSERT_TRUE(second) << second.error().what;
  EXPECT_EQ(weights("parts"), weights("whole"));
}

TEST_P(Tasks, ScoresTheHeldOutRecordings) {
  TrainOptions train = task_options("model");
  train.steps = 4;
  const auto report = run(train);
  ASSERT_TRUE(report) << report.error().what;
  const auto manifest = models::load_manifest(dir_ / "model");
  ASSERT_TRUE(manifest) << manifest.error().what;
  EXPECT_EQ(manifest->task, GetParam());
  const auto provenance = nlohmann::json::parse(manifest->provenance_json);
  EXPECT_GT(provenance["scores"]["count"], 0) << provenance["scores"].dump();
  EXPECT_EQ(manifest->scalar.sigma > 0.0, GetParam() != Task::kPmp);
}

TEST_P(Tasks, TheKeptWeightsAreThoseOfTheBestValidations) {
  TrainOptions train = task_options("model");
  train.validate_steps = 3;
  train.keep_best = 2;
  ASSERT_TRUE(run(train));
  int kept = 0;
  for (const auto& entry : std::filesystem::directory_iterator(dir_ / "model.run")) {
    kept += entry.path().filename().string().starts_with("best-") ? 1 : 0;
  }
  EXPECT_EQ(kept, 2);
}

TEST_P(Tasks, RunThePublishedPresetToItsEarlyStop) {
  TrainOptions published = task_options("model");
  published.preset = Preset::kSeismollm;
  published.min_learning_rate = 1e-12;
  published.learning_rate = 2e-12;
  published.patience = 0;
  published.steps = 500;
  const auto report = run(published);
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_LT(report->steps, 500);
}

INSTANTIATE_TEST_SUITE_P(Scalar,
                         Tasks,
                         ::testing::Values(Task::kPmp, Task::kBaz, Task::kEmg, Task::kDis),
                         [](const auto& task) { return std::string(to_string(task.param)); });

using Accumulation = test::TrainingTest;

TEST_F(Accumulation, ABatchInPartsGivesTheWeightsOfTheWhole) {
  // No dropouts, which are drawn anew for every part, and frozen norms, whose statistics would be
  // those of a part.
  TrainOptions base = options("base");
  base.geometry = dir_ / "quiet.json";
  base.steps = 1;
  ASSERT_TRUE(run(base));
  TrainOptions whole = options("whole");
  whole.init = dir_ / "base";
  whole.method = Method::kBitFit;
  whole.task = Task::kEmg;
  whole.steps = 5;
  whole.learning_rate = 2e-4;  // Adam turns the rounding of small gradients into steps of this size
  ASSERT_TRUE(run(whole));
  TrainOptions parts = whole;
  parts.out = dir_ / "parts";
  parts.accumulate_steps = 4;
  const auto report = run(parts);
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_LT(
      largest_difference("parts/picker-1/head.safetensors", "whole/picker-1/head.safetensors"),
      1e-6);
  EXPECT_GT(largest_difference("parts/picker-1/head.safetensors", "base/model.safetensors"), 1e-5);
}

TEST_F(Accumulation, RefusesPartsThatAreNotEqual) {
  TrainOptions uneven = options("model");
  uneven.accumulate_steps = 3;
  const auto report = run(uneven);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::kConfig);
  EXPECT_NE(report.error().what.find("--accumulate"), std::string::npos);
}

}  // namespace
}  // namespace geod::trainer
