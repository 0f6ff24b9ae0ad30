#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "models/manifest.hpp"
#include "models/safetensors.hpp"
#include "tests/unit/trainer/test_images.hpp"
#include "tests/unit/trainer/tmp_dir.hpp"
#include "trainer/torch_image_network.hpp"
#include "trainer/torch_image_task.hpp"
#include "trainer/torch_starting_segmenter.hpp"
#include "trainer/training_run.hpp"

namespace geod::trainer {
namespace {

using testing::HasSubstr;

/// An encoder of two blocks, for images of 28 x 28.
constexpr const char* kTinyEncoder =
    R"({"width": 32, "blocks": 2, "heads": 2, "patch": 7, "position_grid": 4,
        "taps": [1, 1, 2, 2], "lora_rank": 0})";

class ImageTraining : public testing::Test {
 protected:
  void SetUp() override {
    // Four to train on, and the same four to be judged by.
    std::string split = "name,part\n";
    for (int i = 0; i < 4; ++i) {
      LabelledImage image = test::band_image(28, 28, 2 * i);
      test::write_pair(dir_ / "data", image);
      split += image.name + ",training\n";
      image.name = "twin-" + image.name;
      test::write_pair(dir_ / "data", image);
      split += image.name + ",validation\n";
    }
    dir_.write("data/split.csv", split);
    dir_.write("tiny.json", kTinyEncoder);
  }

  TrainOptions options(const char* out) const {
    TrainOptions options;
    options.task = models::Task::kDas;
    options.data = dir_ / "data";
    options.out = dir_ / out;
    options.geometry = dir_ / "tiny.json";
    options.image.decoder = models::SegmentDecoder::kPup;
    options.batch_windows = 4;
    options.steps = 12;
    options.learning_rate = 3e-3;
    options.warmup_steps = 5;
    options.average_decay = 0.9;
    options.report_steps = 1;
    options.checkpoint_steps = 0;
    options.name = "das";
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
    observer.note = [](const std::string&) {};
    return TrainingRun(options, observer, stop.get_token()).run();
  }

  std::string weights(const char* out) const {
    return test::read_all((dir_ / out) / "model.safetensors");
  }

  test::TmpDir dir_;
};

TEST_F(ImageTraining, OverfitsFourTiles) {
  for (const auto decoder : {models::SegmentDecoder::kPup, models::SegmentDecoder::kUnet}) {
    SCOPED_TRACE(to_string(decoder));
    TrainOptions longer = options(to_string(decoder).data());
    longer.image.decoder = decoder;
    longer.steps = 150;
    const auto report = run(longer);
    ASSERT_TRUE(report) << report.error().what;
    EXPECT_GT(nlohmann::json::parse(report->scores_json)["mean_iou"].get<double>(), 0.95)
        << report->scores_json;
  }
}

TEST_F(ImageTraining, ExportsAModelFolderWithItsProvenanceAndAReport) {
  const auto report = run(options("model"));
  ASSERT_TRUE(report) << report.error().what;
  const auto manifest = models::load_manifest(dir_ / "model");
  ASSERT_TRUE(manifest) << manifest.error().what;
  EXPECT_EQ(manifest->family, models::kSegmenterFamily);
  EXPECT_EQ(manifest->task, models::Task::kDas);
  EXPECT_EQ(manifest->segmenter.decoder, models::SegmentDecoder::kPup);
  EXPECT_EQ(manifest->segmenter.rows, 28);
  EXPECT_EQ(manifest->segments.class_names.at(1), "event");
  const auto provenance = nlohmann::json::parse(manifest->provenance_json);
  EXPECT_EQ(provenance["loss"], "dice-ce");
  EXPECT_EQ(provenance["data"]["name"], "data");
  EXPECT_THAT(test::read_all(dir_ / "model.run" / "report.html"), HasSubstr("table S2"));
}

TEST_F(ImageTraining, ResumedEndsWithTheSameWeightsBitForBit) {
  ASSERT_TRUE(run(options("whole")));
  const auto first = run(options("parts"), 5);
  ASSERT_TRUE(first) << first.error().what;
  EXPECT_TRUE(first->stopped);
  const auto second = run(options("parts"));
  ASSERT_TRUE(second) << second.error().what;
  EXPECT_EQ(weights("parts"), weights("whole"));
}

TEST_F(ImageTraining, RefusesWhatDoesNotGoTogether) {
  const auto fault = [this](TrainOptions options) {
    const auto report = run(options);
    return report ? std::string("it trains") : report.error().what;
  };
  TrainOptions wrong = options("x");
  wrong.image.decoder.reset();
  EXPECT_THAT(fault(wrong), HasSubstr("--decoder"));
  wrong = options("x");
  wrong.method = Method::kLora;
  EXPECT_THAT(fault(wrong), HasSubstr("--init"));
  wrong = options("x");
  wrong.preset = Preset::kSeismollm;
  EXPECT_THAT(fault(wrong), HasSubstr("paper"));
  wrong = options("x");
  wrong.image.compat = true;
  EXPECT_THAT(fault(wrong), HasSubstr("--compat"));
  wrong = options("x");
  wrong.image.class_weights = {1, 2, 3};
  EXPECT_THAT(fault(wrong), HasSubstr("3 weights for 2 classes"));
  test::write_pair(dir_ / "data", test::band_image(14, 28, 1));
  std::filesystem::remove((dir_ / "data") / "split.csv");
  EXPECT_THAT(fault(options("x")), HasSubstr("--tile"));
}

/// The network of a run of preset paper with LoRA, and one step at a time.
class PaperSteps : public ImageTraining {
 protected:
  void start(bool compat) {
    ASSERT_TRUE(run(options("base")));
    options_ = options("adapters");
    options_.init = dir_ / "base";
    options_.method = Method::kLora;
    options_.preset = Preset::kPaper;
    options_.batch_windows = 2;  // an epoch of two steps
    options_.epochs = 3;
    options_.image.compat = compat;
    observer_.note = [](const std::string&) {};
    task_.emplace(options_, observer_);
    const auto identity = task_->load();
    ASSERT_TRUE(identity) << identity.error().what;
    auto network = task_->network();
    ASSERT_TRUE(network) << network.error().what;
    group_ = *join_process_group({});
    training_.emplace(options_, std::move(*network), task_->optimiser(), *group_);
  }
  /// Whether the step was computed in training mode.
  bool step() {
    const bool training_mode = task_->begin_step(*training_);
    const auto loss =
        training_->step(task_->make_batch(training_->steps(), 0, 1), 1e-3, training_mode);
    EXPECT_TRUE(loss) << loss.error().what;
    return training_mode;
  }
  /// Whether a tensor has a gradient: of those whose name ends with `ending`, all must agree.
  bool has_gradient(const std::string& ending) {
    bool any = false;
    bool all = true;
    for (const models::TensorSpec& spec : training_->network().tensors().specs()) {
      if (spec.name.ends_with(ending) && !spec.is_buffer) {
        const at::Tensor& gradient = training_->network().tensors().at(spec.name).grad();
        any = any || gradient.defined();
        all = all && gradient.defined();
      }
    }
    EXPECT_EQ(any, all) << ending;
    return any;
  }
  at::Tensor running_mean() {
    return training_->network().tensors().at("decoder.decode_net.0.1.running_mean").clone();
  }

  TrainOptions options_;
  TrainObserver observer_;
  std::optional<ImageTrainingTask> task_;
  std::unique_ptr<ProcessGroup> group_;
  std::optional<NetworkTraining> training_;
};

TEST_F(PaperSteps, TrainLoraAndStatisticsInEveryEpoch) {
  ASSERT_NO_FATAL_FAILURE(start(false));
  for (int i = 0; i < 4; ++i) {
    const at::Tensor before = running_mean();
    EXPECT_TRUE(step());
    EXPECT_TRUE(has_gradient("lora_B.weight")) << i;
    EXPECT_FALSE(has_gradient("mlp.fc1.weight")) << i;
    EXPECT_FALSE(running_mean().equal(before)) << i;
  }
}

TEST_F(PaperSteps, AsTheCodeDoesThemLeaveLoraAndStatisticsAloneAfterTheFirstEpoch) {
  ASSERT_NO_FATAL_FAILURE(start(true));
  for (int i = 0; i < 4; ++i) {
    const bool first_epoch = i < 2;
    const at::Tensor before = running_mean();
    EXPECT_EQ(step(), first_epoch);
    EXPECT_EQ(has_gradient("lora_B.weight"), first_epoch) << i;
    EXPECT_EQ(has_gradient("lora_A.weight"), first_epoch) << i;
    EXPECT_TRUE(has_gradient("decode_net.8.weight")) << i;
    EXPECT_EQ(running_mean().equal(before), !first_epoch) << i;
  }
}

TEST_F(PaperSteps, HaveThePapersScheduleAndTheCodesConstantRate) {
  ASSERT_NO_FATAL_FAILURE(start(false));
  EXPECT_EQ(options_.steps, 6);
  EXPECT_EQ(options_.image.loss, ImageLoss::kWeightedDice);
  EXPECT_DOUBLE_EQ(task_->learning_rate(0, 0.0), options_.learning_rate);
  EXPECT_DOUBLE_EQ(task_->learning_rate(2, 0.3), 2.0 * options_.learning_rate);
  EXPECT_EQ(task_->make_batch(0, 0, 1).windows, 4);  // with the mirror images
}

TEST_F(PaperSteps, AsTheCodeDoesThemHaveAConstantRate) {
  ASSERT_NO_FATAL_FAILURE(start(true));
  EXPECT_EQ(options_.image.loss, ImageLoss::kCodeWeightedDice);
  EXPECT_DOUBLE_EQ(task_->learning_rate(5, 0.9), options_.learning_rate);
  EXPECT_DOUBLE_EQ(task_->optimiser().beta1, 0.7);
  EXPECT_TRUE(task_->optimiser().decays_vectors);
}

TEST_F(ImageTraining, TrainsWhatTheMethodSays) {
  const auto trained = [](models::Part part, Method method, const char* name) {
    return trains_in_images({name, {1}, part, false, true}, method);
  };
  using models::Part;
  EXPECT_TRUE(trained(Part::kEncoder, Method::kFull, "encoder.norm.weight"));
  EXPECT_FALSE(trained(Part::kEncoder, Method::kFull, "encoder.mask_token"));
  EXPECT_FALSE(trained(Part::kEncoder, Method::kLora, "encoder.norm.weight"));
  EXPECT_TRUE(trained(Part::kLora, Method::kLora, "encoder.blocks.0.attn.qkv.lora_A.weight"));
  EXPECT_FALSE(trained(Part::kLora, Method::kHead, "encoder.blocks.0.attn.qkv.lora_A.weight"));
  EXPECT_TRUE(trained(Part::kDecoder, Method::kHead, "decoder.weight"));
}

}  // namespace
}  // namespace geod::trainer
