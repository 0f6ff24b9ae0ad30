#include <functional>

#include "tests/unit/trainer/training_fixture.hpp"

namespace geod::trainer {
namespace {

class RunIdentityTest : public test::TrainingTest {
 protected:
  /// Expects `changed` to be refused for `option` and the way out to be told.
  void expect_refused(const TrainOptions& changed, const std::string& option) {
    const auto resumed = run(changed);
    ASSERT_FALSE(resumed) << option;
    const std::string& what = resumed.error().what;
    EXPECT_EQ(resumed.error().code, Errc::kModelMismatch);
    EXPECT_NE(what.find("other options: " + option + " ("), std::string::npos) << what;
    EXPECT_NE(what.find("another --out, or delete " + changed.out.string() + ".run"),
              std::string::npos)
        << what;
    EXPECT_EQ(what.find('\n'), std::string::npos);
    EXPECT_TRUE(losses_.empty());
  }
};

struct Change {
  std::string option;
  std::function<void(TrainOptions&)> apply;
};

TEST_F(RunIdentityTest, AnyOptionThatShapesTheWeightsIsNamedWhenItDiffers) {
  ASSERT_TRUE(run(options("model"), 2));
  const std::vector<Change> changes{
      {"--hold-out-fold", [](TrainOptions& o) { o.hold_out_folds = {0}; }},
      {"--hold-out-windows", [](TrainOptions& o) { o.hold_out_windows = true; }},
      {"--preset", [](TrainOptions& o) { o.preset = Preset::kSeismollm; }},
      {"--geometry", [](TrainOptions& o) { o.geometry = "starter"; }},
      {"--steps", [](TrainOptions& o) { o.steps = 31; }},
      {"--batch", [](TrainOptions& o) { o.batch_windows = 5; }},
      {"--lr", [](TrainOptions& o) { o.learning_rate = 1e-3; }},
      {"--warmup", [](TrainOptions& o) { o.warmup_steps = 6; }},
      {"--average", [](TrainOptions& o) { o.average_decay = 0.9; }},
      {"--clip", [](TrainOptions& o) { o.max_gradient_norm = 0.0; }},
      {"--sigma-start", [](TrainOptions& o) { o.sigma_start_samples = 30.0; }},
      {"--sigma", [](TrainOptions& o) { o.sigma_samples = 9.0; }},
      {"--hand-share", [](TrainOptions& o) { o.hand_labelled_rate = 0.5; }},
      {"--cycle-up", [](TrainOptions& o) { o.cycle_up_steps = 10; }},
      {"--cycle-down", [](TrainOptions& o) { o.cycle_down_steps = 10; }},
      {"--patience", [](TrainOptions& o) { o.patience = 1; }},
      {"--keep", [](TrainOptions& o) { o.keep_best = 3; }},
      {"--validate", [](TrainOptions& o) { o.validate_steps = 10; }},
      {"--accumulate", [](TrainOptions& o) { o.accumulate_steps = 2; }},
      {"--task", [](TrainOptions& o) { o.task = models::Task::kEmg; }},
      {"--tf32", [](TrainOptions& o) { o.tf32 = false; }},
      {"--seed", [](TrainOptions& o) { o.seed = 99; }},
      {"--bf16", [](TrainOptions& o) { o.bfloat16 = true; }},
      {"--name", [](TrainOptions& o) { o.name = "other"; }},
      {"--model-version", [](TrainOptions& o) { o.version = "2"; }},
  };
  for (const Change& change : changes) {
    TrainOptions changed = options("model");
    change.apply(changed);
    expect_refused(changed, change.option);
  }
}

TEST_F(RunIdentityTest, AllOptionsThatDifferAreToldAtOnceWithBothValues) {
  ASSERT_TRUE(run(options("model"), 2));
  TrainOptions changed = options("model");
  changed.seed = 99;
  changed.batch_windows = 8;
  const auto resumed = run(changed);
  ASSERT_FALSE(resumed);
  EXPECT_NE(resumed.error().what.find("--batch (4, now 8), --seed (1, now 99)"), std::string::npos)
      << resumed.error().what;
}

TEST_F(RunIdentityTest, OtherDataUnderTheSameNameAreRefused) {
  ASSERT_TRUE(run(options("model"), 2));
  const std::filesystem::path labels = (dir_ / "data") / "labels.csv";
  const std::string before = test::read_all(labels);
  const std::size_t last_row = before.rfind('\n', before.size() - 2);
  dir_.write("data/labels.csv", before.substr(0, last_row + 1));
  expect_refused(options("model"), "--data");
  dir_.write("data/labels.csv", before);
  std::string description = test::read_all((dir_ / "data") / "dataset.json");
  const std::size_t brace = description.find('{');
  description.insert(brace + 1, R"("exclude": [{"stations": ["XX.NONE"], "reason": "kept"}],)");
  dir_.write("data/dataset.json", description);
  expect_refused(options("model"), "--data");
}

TEST_F(RunIdentityTest, OtherWeightsInTheFolderOfInitAreRefused) {
  TrainOptions base = options("base");
  base.steps = 1;
  ASSERT_TRUE(run(base));
  TrainOptions other = base;
  other.out = dir_ / "other";
  other.seed = 2;
  ASSERT_TRUE(run(other));

  ASSERT_TRUE(run(options("model"), 2));
  TrainOptions changed = options("model");
  changed.init = dir_ / "base";
  changed.method = Method::kFull;
  expect_refused(changed, "--init");

  TrainOptions tuned = options("tuned");
  tuned.init = dir_ / "base";
  tuned.method = Method::kFull;
  ASSERT_TRUE(run(tuned, 2));
  std::filesystem::remove_all(dir_ / "base");
  std::filesystem::copy(dir_ / "other", dir_ / "base");
  expect_refused(tuned, "--init");
}

TEST_F(RunIdentityTest, WhatShapesNoWeightsMayChange) {
  ASSERT_TRUE(run(options("model"), 2));
  TrainOptions changed = options("model");
  changed.minutes = 600.0;
  changed.report_steps = 2;
  changed.checkpoint_steps = 7;
  changed.threads = 2;
  changed.workers = 2;
  const auto resumed = run(changed);
  ASSERT_TRUE(resumed) << resumed.error().what;
  EXPECT_EQ(resumed->steps, 30);
  EXPECT_EQ(losses_.size(), 14U);
}

}  // namespace
}  // namespace geod::trainer
