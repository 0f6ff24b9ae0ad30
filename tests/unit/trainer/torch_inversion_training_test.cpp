#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "adapters/bundle.hpp"
#include "models/inversion_scaling.hpp"
#include "models/manifest.hpp"
#include "models/safetensors.hpp"
#include "tests/unit/trainer/test_inversions.hpp"
#include "tests/unit/trainer/tmp_dir.hpp"
#include "trainer/inversion_batches.hpp"
#include "trainer/torch_inversion_network.hpp"
#include "trainer/torch_inversion_task.hpp"
#include "trainer/training_run.hpp"

namespace geod::trainer {
namespace {

using nlohmann::json;
using testing::HasSubstr;

TEST(NormalisedShots, AreThoseOfTheScalingThatNetworksAreServedBy) {
  models::InversionSettings settings;
  settings.amplitude_min = -26.95;
  settings.amplitude_max = 52.77;
  const models::InversionScaling scaling(settings);
  const std::vector<float> values{-26.95F, -1.0F, 0.0F, 1.0F, 52.77F, 100.0F};
  const at::Tensor out = normalised_shots(at::tensor(values).view({1, 1, 2, 3}),
                                          at::tensor({scaling.log_min()}),
                                          at::tensor({scaling.log_span()}))
                             .flatten();
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_NEAR(out[static_cast<std::int64_t>(i)].item<float>(), scaling.shot(values[i]), 1e-6);
  }
  EXPECT_NEAR(out[2].item<float>(), -0.089445, 1e-6);  // the published FVA
}

class InversionTraining : public testing::Test {
 protected:
  void SetUp() override {
    test::write_small_set(dir_ / "flatvel-a", 10);
    test::write_small_set(dir_ / "flatvel-b", 5, 3);
    dir_.write("small.json", test::kSmallInversion);
  }

  TrainOptions options(const char* out, std::int64_t steps = 12) const {
    TrainOptions options;
    options.task = models::Task::kFwi;
    options.data = dir_ / "flatvel-a";
    options.out = dir_ / out;
    options.geometry = dir_ / "small.json";
    options.batch_windows = 4;
    options.steps = steps;
    options.learning_rate = 3e-3;
    options.warmup_steps = 2;
    options.average_decay = 0.9;
    options.report_steps = 1;
    options.checkpoint_steps = 0;
    options.name = "fwi";
    options.command_line = "geod train (test)";
    return options;
  }

  Result<TrainReport> run(const TrainOptions& options, std::int64_t stop_at = -1) {
    std::stop_source stop;
    TrainObserver observer;
    observer.progress = [&](const TrainProgress& p) {
      if (p.step == stop_at) {
        stop.request_stop();
      }
    };
    observer.note = [this](const std::string& line) { notes_ += line + "\n"; };
    return TrainingRun(options, observer, stop.get_token()).run();
  }
  std::string fault(const TrainOptions& options) {
    const auto report = run(options);
    return report ? std::string("it trains") : report.error().what;
  }
  std::string weights(const char* out) const {
    return test::read_all((dir_ / out) / "model.safetensors");
  }

  test::TmpDir dir_;
  std::string notes_;
};

TEST_F(InversionTraining, LearnsAFewMaps) {
  TrainOptions longer = options("model");
  longer.steps = 40;
  longer.learning_rate = 1e-2;
  longer.inversion.selection = InversionSelection::kPublished;
  longer.validate_steps = 20;
  const auto report = run(longer);
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_LT(*report->loss, 0.4);  // a running mean, from 0.6 on
  const auto scores = json::parse(report->scores_json);
  EXPECT_EQ(scores["maps"], 2);
  EXPECT_LT(scores["mae"].get<double>(), 0.45);
}

TEST_F(InversionTraining, WritesAModelFolderWithItsBoundsProvenanceAndReport) {
  TrainOptions both = options("model");
  both.inversion.more_data = {dir_ / "flatvel-b"};
  both.inversion.bounds = "own";
  both.inversion.share = 0.75;
  const auto report = run(both);
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_THAT(notes_, HasSubstr("flatvel-a + flatvel-b: 9 samples (2 x 96 x 20 over 24 x 30)"));
  const auto manifest = models::load_manifest(dir_ / "model");
  ASSERT_TRUE(manifest) << manifest.error().what;
  EXPECT_EQ(manifest->family, models::kInversionFamily);
  EXPECT_EQ(manifest->inversion.width, 4);
  EXPECT_EQ(manifest->inversion_settings.bounds_of, "openfwi");  // of several sets
  const auto provenance = json::parse(manifest->provenance_json);
  EXPECT_EQ(provenance["share"], 0.75);
  EXPECT_EQ(provenance["data"]["folders"][1]["name"], "flatvel-b");
  const auto tests = json::parse(report->test_scores_json);
  ASSERT_EQ(tests["sets"].size(), 2U);
  EXPECT_EQ(tests["sets"][1]["set"], "FVB");
  const std::string page = test::read_all(dir_ / "model.run" / "report.html");
  EXPECT_THAT(page, HasSubstr("FVB, full"));  // beside the paper's numbers
  EXPECT_THAT(page, HasSubstr("flatvel-a, shard 0, sample 8"));
}

TEST_F(InversionTraining, ResumedEndsWithTheSameWeightsBitForBit) {
  ASSERT_TRUE(run(options("whole")));
  const auto first = run(options("parts"), 5);
  ASSERT_TRUE(first) << first.error().what;
  EXPECT_TRUE(first->stopped);
  ASSERT_TRUE(run(options("parts")));
  EXPECT_EQ(weights("parts"), weights("whole"));
}

TEST_F(InversionTraining, OfThePaperFollowsItsScheduleOverWholeEpochs) {
  TrainOptions paper = options("paper");
  paper.preset = Preset::kPaper;
  paper.epochs = 12;
  paper.inversion.misfit = InversionLoss::kL1L2;
  TrainObserver observer;
  observer.note = [](const std::string&) {};
  InversionTask task(paper, observer);
  ASSERT_TRUE(task.load());
  EXPECT_EQ(paper.steps, 24);  // eight samples in batches of four
  EXPECT_NEAR(task.learning_rate(0, 0.0), 3e-3 * 1e-5, 1e-12);
  EXPECT_NEAR(task.learning_rate(1, 0.0), 3e-3, 1e-12);
  EXPECT_NEAR(task.learning_rate(17, 0.0), 3e-3, 1e-12);
  EXPECT_NEAR(task.learning_rate(18, 0.0), 3e-4, 1e-12);
  EXPECT_NEAR(task.learning_rate(20, 0.0), 3e-5, 1e-12);
  EXPECT_TRUE(task.optimiser().decays_vectors);
  EXPECT_EQ(task.optimiser().average_decay, 0.0);
}

TEST_F(InversionTraining, LossIsTheMeanOfTheDifferencesOfTheSamplesThatCount) {
  TrainOptions asked = options("x");
  TrainObserver observer;
  observer.note = [](const std::string&) {};
  InversionTask task(asked, observer);
  ASSERT_TRUE(task.load());
  const auto network = task.network();
  ASSERT_TRUE(network);
  TrainBatch batch = task.make_batch(0, 0, 1);
  const auto loss = [&](InversionLoss kind, std::int64_t first, std::int64_t windows) {
    auto same = models::TorchInversionNet::make(
        static_cast<const InversionNetwork&>(**network).network().geometry(), asked.seed);
    return InversionNetwork(std::move(*same), kind)
        .loss(batch, first, windows, {4, 0.0}, false)
        .item<double>();
  };
  const double all = loss(InversionLoss::kL1, 0, 4);
  EXPECT_NEAR(loss(InversionLoss::kL1, 0, 2) + loss(InversionLoss::kL1, 2, 2), all, 1e-5);
  EXPECT_GT(loss(InversionLoss::kL1L2, 0, 4), all);
  const double last = loss(InversionLoss::kL1, 3, 1);
  batch.weight[3 * kInversionWeights + kCounts] = 0.0F;
  EXPECT_NEAR(loss(InversionLoss::kL1, 0, 4), all - last, 1e-5);
}

TEST_F(InversionTraining, OfWhatIsLaidOnWritesABundleForABaseThatStaysAsItIs) {
  ASSERT_TRUE(run(options("base", 2)));
  const std::string before = weights("base");
  const auto base = models::load_manifest(dir_ / "base");
  ASSERT_TRUE(base);
  for (const Method method : {Method::kLora,
                              Method::kSsf,
                              Method::kAdaptFormer,
                              Method::kBitFit,
                              Method::kNorms,
                              Method::kPrompt}) {
    SCOPED_TRACE(to_string(method));
    TrainOptions tuned = options("bundles", 3);
    tuned.init = dir_ / "base";
    tuned.method = method;
    tuned.lora.rank = 2;
    tuned.inversion.bottleneck = 3;
    tuned.name = to_string(method);
    const auto report = run(tuned);
    ASSERT_TRUE(report) << report.error().what;
    const auto bundle = adapters::read_bundle(report->out, *base);
    ASSERT_TRUE(bundle) << bundle.error().what;
    const models::Manifest& manifest = bundle->overlay->manifest;
    EXPECT_EQ(to_string(manifest.inversion.tuning), to_string(method));
    EXPECT_EQ(manifest.inversion.bn_policy, models::BatchNormPolicy::kFrozen);
    std::int64_t kept = 0;
    for (const auto& [name, tensor] : bundle->overlay->tensors) {
      kept += static_cast<std::int64_t>(tensor.values.size());
    }
    EXPECT_GT(kept, report->trainable / 2);
    // Nothing but what trained; a tensor that three steps did not move is left out.
    EXPECT_LE(kept, report->trainable);
    EXPECT_EQ(weights("base"), before);
  }
}

TEST_F(InversionTraining, WithBatchStatisticsKeepsThemInTheBundle) {
  ASSERT_TRUE(run(options("base", 2)));
  TrainOptions tuned = options("bundles", 2);
  tuned.init = dir_ / "base";
  tuned.method = Method::kLora;
  tuned.lora.rank = 2;
  tuned.inversion.bn_policy = models::BatchNormPolicy::kBatchStats;
  const auto report = run(tuned);
  ASSERT_TRUE(report) << report.error().what;
  const auto base = models::load_manifest(dir_ / "base");
  const auto bundle = adapters::read_bundle(report->out, *base);
  ASSERT_TRUE(bundle) << bundle.error().what;
  EXPECT_TRUE(bundle->overlay->tensors.contains("convblock1.layers.1.running_mean"));
  EXPECT_FALSE(bundle->overlay->tensors.contains("convblock1.layers.1.weight"));
}

TEST_F(InversionTraining, RefusesWhatDoesNotGoTogether) {
  TrainOptions wrong = options("x");
  wrong.method = Method::kLora;
  EXPECT_THAT(fault(wrong), HasSubstr("--init"));
  wrong = options("x");
  wrong.method = Method::kHead;
  wrong.init = dir_ / "none";
  EXPECT_THAT(fault(wrong), HasSubstr("no head"));
  wrong = options("x");
  wrong.preset = Preset::kSeismollm;
  EXPECT_THAT(fault(wrong), HasSubstr("paper"));
  wrong = options("x");
  wrong.geometry = "inversionnet";
  EXPECT_THAT(fault(wrong), HasSubstr("5 x 1000 x 70 over 70 x 70"));
  wrong = options("x");
  wrong.batch_windows = 9;
  EXPECT_THAT(fault(wrong), HasSubstr("there are 8 samples"));
  wrong = options("x");
  wrong.inversion.bounds = "flat";
  EXPECT_THAT(fault(wrong), HasSubstr("--bounds flat"));
  wrong = options("x");
  std::filesystem::rename(dir_ / "flatvel-b", dir_ / "mine");
  wrong.inversion.tests = {dir_ / "mine"};
  wrong.inversion.bounds = "own";
  EXPECT_THAT(fault(wrong), HasSubstr("mine is named as none of OpenFWI's sets"));
}

}  // namespace
}  // namespace geod::trainer
