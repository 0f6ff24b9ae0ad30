#include "trainer/torch_image_task.hpp"

#include <algorithm>
#include <utility>

#include "trainer/image_report.hpp"
#include "trainer/image_start.hpp"
#include "trainer/image_tasks.hpp"
#include "trainer/learning_rate.hpp"
#include "trainer/result_export.hpp"
#include "trainer/torch_image_network.hpp"
#include "trainer/torch_starting_segmenter.hpp"

namespace geod::trainer {
namespace {

/// Epochs of warm-up as table S4 has them.
constexpr std::int64_t kWarmupEpochs = 10;
constexpr std::int64_t kMostValidations = 50;

}  // namespace

ImageTrainingTask::ImageTrainingTask(TrainOptions& options, const TrainObserver& observer)
    : options_(options), observer_(observer) {}

Result<RunIdentity> ImageTrainingTask::load() {
  if (options_.preset == Preset::kSeismollm) {
    return fail(Errc::kConfig, "--preset seismollm is of the seismogram tasks; give geod or paper");
  }
  if (options_.image.compat && !published()) {
    return fail(Errc::kConfig, "--compat goes with --preset paper");
  }
  ImageRequest request;
  request.data = options_.data;
  request.task = options_.task;
  request.class_names = options_.image.class_names;
  request.split = options_.split;
  request.published_parts = published();
  request.wraps = options_.image.compat;
  auto images = load_image_set(request);
  if (!images) {
    return tl::unexpected(images.error());
  }
  images_ = std::move(*images);
  if (images_.training.empty()) {
    return fail(Errc::kConfig, "{}: no image to train on", options_.data.string());
  }
  for (const std::string& line : describe_images(images_)) {
    observer_.note(line);
  }
  const auto weights = options_.image.class_weights.size();
  if (weights > 0 && weights != images_.class_names.size()) {
    return fail(Errc::kConfig,
                "--class-weights: {} weights for {} classes",
                weights,
                images_.class_names.size());
  }
  auto start = find_image_start(options_, images_);
  if (!start) {
    return tl::unexpected(start.error());
  }
  start_ = std::move(*start);
  const auto count = static_cast<std::int64_t>(images_.training.size());
  if (options_.world.size > 1 && count < options_.batch_windows) {
    return fail(Errc::kConfig,
                "--batch {}: there are {} images to train on; several processes need a whole batch",
                options_.batch_windows,
                count);
  }
  complete_options();
  return image_run_identity(options_, images_, start_.segmenter, start_.weights_sha256);
}

void ImageTrainingTask::complete_options() {
  batches_.emplace(images_.training,
                   ImageBatchRules{start_.segmenter.rows,
                                   start_.segmenter.columns,
                                   options_.batch_windows,
                                   options_.world.size,
                                   published(),
                                   options_.seed});
  if (options_.epochs > 0) {
    options_.steps = options_.epochs * batches_->epoch_steps();
  }
  if (!options_.image.loss) {
    options_.image.loss = !published()            ? ImageLoss::kDiceCrossEntropy
                          : options_.image.compat ? ImageLoss::kCodeWeightedDice
                                                  : ImageLoss::kWeightedDice;
  }
  if (options_.image.balanced_classes) {
    const std::vector<double> shares = class_shares(images_.training, images_.class_names.size());
    options_.image.class_weights.clear();
    for (const double share : shares) {
      const double classes = static_cast<double>(shares.size());
      options_.image.class_weights.push_back(share > 0.0 ? 1.0 / (classes * share) : 0.0);
    }
  }
}

Result<std::unique_ptr<TrainedNetwork>> ImageTrainingTask::network() {
  auto network = starting_segmenter(options_, start_.segmenter);
  if (!network) {
    return tl::unexpected(network.error());
  }
  return std::make_unique<ImageNetwork>(
      std::move(*network), *options_.image.loss, options_.image.class_weights);
}

OptimiserSettings ImageTrainingTask::optimiser() const {
  OptimiserSettings settings;
  settings.average_decay = options_.average_decay;
  settings.max_gradient_norm = options_.max_gradient_norm;
  settings.beta2 = 0.999;
  if (published()) {
    settings.beta1 = 0.7;
    settings.decays_vectors = true;
    settings.average_decay = 0.0;
    settings.max_gradient_norm = 0.0;
  }
  return settings;
}

TrainBatch ImageTrainingTask::make_batch(std::int64_t step, int rank, int) const {
  return batches_->make(step, rank);
}

std::int64_t ImageTrainingTask::validation_interval() const {
  const std::int64_t epoch = batches_->epoch_steps();
  return published() ? epoch : std::max(epoch, options_.steps / kMostValidations);
}

double ImageTrainingTask::learning_rate(std::int64_t steps, double fraction) const {
  if (!published()) {
    return warmup_cosine_rate(steps, fraction, options_.learning_rate, options_.warmup_steps);
  }
  if (options_.image.compat) {
    return options_.learning_rate;
  }
  const std::int64_t epoch_steps = batches_->epoch_steps();
  const std::int64_t epochs =
      std::max<std::int64_t>(1, (options_.steps + epoch_steps - 1) / epoch_steps);
  return epoch_warmup_cosine_rate(
      steps / epoch_steps + 1, epochs, options_.learning_rate, kWarmupEpochs);
}

bool ImageTrainingTask::begin_step(NetworkTraining& training) const {
  if (!options_.image.compat || training.steps() < batches_->epoch_steps()) {
    return true;
  }
  // The authors' code never returns to training mode after the first validation: running statistics
  // stay, and the LoRA pairs, merged into the weights by loralib, are no leaves any more.
  models::TensorTable& table = training.network().tensors();
  for (const models::TensorSpec& spec : table.specs()) {
    if (spec.part == models::Part::kLora) {
      table.at(spec.name).set_requires_grad(false);
    }
  }
  return false;
}

Result<double> ImageTrainingTask::validation_loss(NetworkTraining& training) {
  const ImageBatches held_out(images_.held_out,
                              {start_.segmenter.rows,
                               start_.segmenter.columns,
                               options_.batch_windows,
                               1,
                               true,
                               options_.seed});
  double sum = 0.0;
  for (std::int64_t step = 0; step < held_out.epoch_steps(); ++step) {
    sum += training.validation_loss(held_out.make(step, 0));
  }
  return sum / static_cast<double>(held_out.epoch_steps());
}

ScoringSettings ImageTrainingTask::scoring(bool mirrored) const {
  ScoringSettings settings;
  settings.tiles = {start_.segmenter.rows,
                    start_.segmenter.columns,
                    images_.class_names.size(),
                    static_cast<std::size_t>(std::max<std::int64_t>(1, options_.batch_windows))};
  settings.class_names = images_.class_names;
  settings.batch_images =
      published() ? options_.batch_windows : image_task(options_.task).batch_images;
  settings.mirrored = mirrored;
  return settings;
}

Result<Validation> ImageTrainingTask::score(NetworkTraining& training) {
  const auto scores =
      score_images(images_.held_out, scoring(published()), segment_function(training.evaluated()));
  if (!scores) {
    return tl::unexpected(scores.error());
  }
  Validation validation;
  validation.metric =
      1.0 - (options_.image.compat ? scores->published_iou : scores->confusion.mean_iou());
  validation.scores_json = segment_scores_to_json(*scores, false);
  validation.text = segment_scores_to_text(*scores);
  return validation;
}

Result<std::filesystem::path> ImageTrainingTask::write_result(const RunOutcome& outcome,
                                                              NetworkTraining& training) {
  const models::ScalarSettings none;
  const RunResult result{options_,
                         start_,
                         images_.description,
                         outcome.report,
                         none,
                         outcome.best_step,
                         outcome.weights};
  return export_image_result(result, segment_function(training.evaluated()));
}

Result<std::optional<Validation>> ImageTrainingTask::write_report(const RunOutcome& outcome,
                                                                  NetworkTraining& training) {
  std::optional<Validation> tested;
  const std::vector<LabelledImage>& shown = images_.test.empty() ? images_.held_out : images_.test;
  ImageReportData data;
  const auto scores = score_images(shown,
                                   scoring(true),
                                   segment_function(training.evaluated()),
                                   data.overlays.observer(images_.class_names.size()));
  if (!scores) {
    return tl::unexpected(scores.error());
  }
  if (!images_.test.empty()) {
    tested.emplace();
    tested->metric = 1.0 - scores->confusion.mean_iou();
    tested->scores_json = segment_scores_to_json(*scores, true);
    tested->text = segment_scores_to_text(*scores);
  }
  data.task = options_.task;
  data.decoder = start_.segmenter.decoder;
  data.scores = *scores;
  if (auto written =
          write_image_run_report(options_, images_.description, data, outcome.run_directory);
      !written) {
    return tl::unexpected(written.error());
  }
  return tested;
}

}  // namespace geod::trainer
