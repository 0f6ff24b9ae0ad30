#include <numeric>

#include <nlohmann/json.hpp>

#include "models/manifest.hpp"
#include "models/safetensors.hpp"
#include "tests/unit/trainer/training_fixture.hpp"

namespace geod::trainer {
namespace {

using Training = test::TrainingTest;

TEST_F(Training, LowersTheLossOnSyntheticEarthquakes) {
  TrainOptions longer = options("model");
  longer.steps = 120;
  const auto report = run(longer);
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_EQ(report->steps, 120);
  ASSERT_EQ(losses_.size(), 120U);
  // A batch of four windows is noisy: means of twenty steps.
  const double first = std::accumulate(losses_.begin(), losses_.begin() + 20, 0.0);
  const double last = std::accumulate(losses_.end() - 20, losses_.end(), 0.0);
  EXPECT_LT(last, 0.75 * first) << first / 20 << " -> " << last / 20;
}

TEST_F(Training, ExportsAModelFolderWithItsProvenance) {
  TrainOptions with_fold = options("model");
  with_fold.hold_out_folds = {0};
  ASSERT_TRUE(run(with_fold));
  const auto manifest = models::load_manifest(dir_ / "model");
  ASSERT_TRUE(manifest) << manifest.error().what;
  EXPECT_EQ(manifest->geometry.window_samples, 1024);
  const auto provenance = nlohmann::json::parse(manifest->provenance_json);
  EXPECT_EQ(provenance["windows_seen"], 120);
  EXPECT_EQ(provenance["data"]["folders"][0]["name"], "synthetic");
  EXPECT_EQ(provenance["command"], "geod train (test)");
  EXPECT_GT(provenance["scores"]["windows"]["P"]["0.5"]["labels"], 0);
  const auto file = models::SafetensorsFile::open((dir_ / "model") / "model.safetensors");
  ASSERT_TRUE(file);
  EXPECT_EQ(*file->sha256(), manifest->weights_sha256);
  EXPECT_FALSE(std::filesystem::exists(dir_ / "model.partial"));
}

TEST_F(Training, ResumedEndsWithTheSameWeightsBitForBit) {
  ASSERT_TRUE(run(options("whole")));
  TrainOptions interrupted = options("parts");
  const auto first = run(interrupted, 13);
  ASSERT_TRUE(first) << first.error().what;
  EXPECT_TRUE(first->stopped);
  EXPECT_FALSE(std::filesystem::exists(dir_ / "parts"));
  const auto second = run(interrupted);
  ASSERT_TRUE(second) << second.error().what;
  EXPECT_EQ(losses_.size(), 17U);
  EXPECT_EQ(weights("parts"), weights("whole"));
}

TEST_F(Training, NeverOverwritesAModel) {
  ASSERT_TRUE(run(options("model")));
  const std::string before = weights("model");
  const auto again = run(options("model"));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::kIo);
  EXPECT_EQ(weights("model"), before);
}

TEST_F(Training, GoesOnFromAnotherModelsWeights) {
  ASSERT_TRUE(run(options("base")));
  const double base_loss = losses_.back();
  TrainOptions more = options("tuned");
  more.init = dir_ / "base";
  more.method = Method::kFull;
  more.geometry = "not looked at";
  more.learning_rate = 1e-6;
  more.steps = 5;
  const auto report = run(more);
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_LT(losses_.back(), 1.3 * base_loss);
  const auto manifest = models::load_manifest(dir_ / "tuned");
  ASSERT_TRUE(manifest);
  const auto provenance = nlohmann::json::parse(manifest->provenance_json);
  EXPECT_EQ(provenance["started_from"]["model"], "picker-1");
}

TEST_F(Training, RunsThePublishedPresetAndStopsWithoutGain) {
  TrainOptions published = options("published");
  published.preset = Preset::kSeismollm;
  published.hold_out_folds = {0};
  published.min_learning_rate = 1e-12;
  published.learning_rate = 2e-12;
  published.patience = 0;
  published.steps = 500;
  const auto report = run(published);
  ASSERT_TRUE(report) << report.error().what;
  // With a rate of nothing an epoch without gain comes soon.
  EXPECT_LT(report->steps, 500);
  EXPECT_TRUE(models::load_manifest(dir_ / "published"));
}

TEST_F(Training, ResumedKeepsTheBestEpochOfThePartsBefore) {
  TrainOptions published = options("whole");
  published.preset = Preset::kSeismollm;
  published.hold_out_folds = {0};
  published.min_learning_rate = 0.02;  // so high that most epochs lose
  published.learning_rate = 0.05;
  published.patience = 3;
  published.steps = 200;
  const auto whole = run(published);
  ASSERT_TRUE(whole) << whole.error().what;
  ASSERT_LT(whole->steps, 200);
  published.out = dir_ / "parts";
  // Stopped in the last epoch, when the best one lies behind.
  const auto first = run(published, whole->steps - 2);
  ASSERT_TRUE(first) << first.error().what;
  ASSERT_TRUE(first->stopped);
  const auto second = run(published);
  ASSERT_TRUE(second) << second.error().what;
  EXPECT_EQ(second->steps, whole->steps);
  EXPECT_EQ(weights("parts"), weights("whole"));
}

}  // namespace
}  // namespace geod::trainer
