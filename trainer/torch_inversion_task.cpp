#include "trainer/torch_inversion_task.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "trainer/inversion_report.hpp"
#include "trainer/inversion_start.hpp"
#include "trainer/learning_rate.hpp"
#include "trainer/result_export.hpp"
#include "trainer/torch_inversion_network.hpp"

namespace geod::trainer {
namespace {

/// The published schedule, in shares of its 120 epochs: a warm-up of 5, less at 90 and at 100.
constexpr double kWarmupShare = 5.0 / 120.0;
constexpr double kFirstMilestone = 90.0 / 120.0;
constexpr double kSecondMilestone = 100.0 / 120.0;
constexpr std::int64_t kMostValidations = 50;
constexpr double kWeightDecay = 1e-4;
/// Samples inverted at a time where nothing trains.
constexpr std::int64_t kScoringBatch = 32;

}  // namespace

InversionTask::InversionTask(TrainOptions& options, const TrainObserver& observer)
    : options_(options), observer_(observer) {}

Result<RunIdentity> InversionTask::load() {
  if (auto opened = open_folders(); !opened) {
    return tl::unexpected(opened.error());
  }
  auto start = find_inversion_start(options_, folders_);
  if (!start) {
    return tl::unexpected(start.error());
  }
  start_ = std::move(*start);
  auto settings = inversion_settings(options_.inversion, start_.shots, folders_);
  if (!settings) {
    return tl::unexpected(settings.error());
  }
  settings_ = std::move(*settings);
  if (auto chosen = choose_samples(); !chosen) {
    return tl::unexpected(chosen.error());
  }
  complete_options();
  return inversion_run_identity(
      options_, folders_, start_.inversion, start_.shots, start_.weights_sha256);
}

Result<void> InversionTask::open_folders() {
  std::vector<std::filesystem::path> paths{options_.data};
  paths.insert(
      paths.end(), options_.inversion.more_data.begin(), options_.inversion.more_data.end());
  trained_on_ = paths.size();
  paths.insert(paths.end(), options_.inversion.tests.begin(), options_.inversion.tests.end());
  for (const std::filesystem::path& path : paths) {
    auto folder = InversionFolder::open(path);
    if (!folder) {
      return tl::unexpected(folder.error());
    }
    folders_.push_back(std::move(*folder));
  }
  return {};
}

Result<void> InversionTask::choose_samples() {
  const InversionOptions& inversion = options_.inversion;
  const auto trained = std::span(folders_).first(trained_on_);
  training_ = samples_of(trained,
                         InversionPart::kTraining,
                         {inversion.share, inversion.takes_first, inversion.share_seed});
  tests_ = samples_of(folders_, InversionPart::kValidation);
  switch (inversion.selection) {
    case InversionSelection::kLast:
      break;
    case InversionSelection::kHeldOut:
      held_out_ = take_out(training_, kInversionHeldOut, inversion.share_seed);
      break;
    case InversionSelection::kPublished:
      held_out_ = samples_of(trained, InversionPart::kValidation);
      break;
  }
  const auto count = static_cast<std::int64_t>(training_.size());
  observer_.note(
      fmt::format("{}: {} samples ({}) to train on, {} to choose the weights by, {} to test on",
                  describe(trained).name,
                  count,
                  to_string(folders_.front().shape()),
                  held_out_.size(),
                  tests_.size()));
  if (count < options_.batch_windows) {
    return fail(Errc::kConfig,
                "--batch {}: there are {} samples to train on, and an epoch is of whole batches",
                options_.batch_windows,
                count);
  }
  if (inversion.selection != InversionSelection::kLast && held_out_.empty()) {
    return fail(Errc::kConfig,
                "--select {}: there are no samples to choose by",
                to_string(inversion.selection));
  }
  return {};
}

void InversionTask::complete_options() {
  batches_.emplace(
      std::span(folders_).first(trained_on_),
      training_,
      std::vector(settings_.begin(), settings_.begin() + static_cast<std::ptrdiff_t>(trained_on_)),
      InversionBatchRules{options_.batch_windows, options_.world.size, options_.seed});
  if (options_.epochs > 0) {
    options_.steps = options_.epochs * batches_->epoch_steps();
  }
}

Result<std::unique_ptr<TrainedNetwork>> InversionTask::network() {
  auto network = starting_inversion(options_, start_.inversion);
  if (!network) {
    return tl::unexpected(network.error());
  }
  return std::make_unique<InversionNetwork>(std::move(*network), options_.inversion.misfit);
}

OptimiserSettings InversionTask::optimiser() const {
  OptimiserSettings settings;
  settings.beta2 = 0.999;
  settings.weight_decay = kWeightDecay;
  settings.average_decay = published() ? 0.0 : options_.average_decay;
  settings.max_gradient_norm = published() ? 0.0 : options_.max_gradient_norm;
  settings.decays_vectors = published();
  return settings;
}

TrainBatch InversionTask::make_batch(std::int64_t step, int rank, int) const {
  return batches_->make(step, rank);
}

std::int64_t InversionTask::validation_interval() const {
  const std::int64_t epoch = batches_->epoch_steps();
  return published() ? epoch : std::max(epoch, options_.steps / kMostValidations);
}

double InversionTask::learning_rate(std::int64_t steps, double fraction) const {
  if (!published()) {
    return warmup_cosine_rate(steps, fraction, options_.learning_rate, options_.warmup_steps);
  }
  const auto at = [this](double share) {
    return std::llround(share * static_cast<double>(options_.steps));
  };
  const std::array<std::int64_t, 2> milestones{at(kFirstMilestone), at(kSecondMilestone)};
  return warmup_multistep_rate(steps, options_.learning_rate, at(kWarmupShare), milestones);
}

Result<double> InversionTask::validation_loss(NetworkTraining& training) {
  return score(training).map([](const Validation& scored) { return scored.metric; });
}

Result<Validation> InversionTask::score(NetworkTraining& training) {
  const auto tests = score_inversions(
      folders_, held_out_, settings_, kScoringBatch, invert_function(training.evaluated()));
  if (!tests) {
    return tl::unexpected(tests.error());
  }
  Validation validation;
  validation.metric = joined(*tests).mae;
  validation.scores_json = inversion_tests_to_json(*tests);
  validation.text = inversion_tests_to_text(*tests);
  return validation;
}

std::string InversionTask::data_faults() const {
  const InversionBatches::Faults faults = batches_->faults();
  return faults.samples == 0 ? std::string{}
                             : fmt::format(
                                   "{} samples could not be read and counted for nothing; "
                                   "the first: {}",
                                   faults.samples,
                                   faults.first);
}

Result<std::filesystem::path> InversionTask::write_result(const RunOutcome& outcome,
                                                          NetworkTraining& training) {
  const models::ScalarSettings none;
  const DatasetDescription data = describe(std::span(folders_).first(trained_on_));
  const RunResult result{
      options_, start_, data, outcome.report, none, outcome.best_step, outcome.weights};
  return export_inversion_result(result, invert_function(training.evaluated()));
}

Result<std::optional<Validation>> InversionTask::write_report(const RunOutcome& outcome,
                                                              NetworkTraining& training) {
  InversionReportData data;
  data.gallery = InversionGallery(folders_);
  auto tests = score_inversions(folders_,
                                tests_,
                                settings_,
                                kScoringBatch,
                                invert_function(training.evaluated()),
                                data.gallery.observer());
  if (!tests) {
    return tl::unexpected(tests.error());
  }
  data.tests = std::move(*tests);
  if (auto written = write_inversion_run_report(
          options_, describe(std::span(folders_).first(trained_on_)), data, outcome.run_directory);
      !written) {
    return tl::unexpected(written.error());
  }
  std::optional<Validation> tested;
  if (!data.tests.empty()) {
    tested.emplace();
    tested->metric = joined(data.tests).mae;
    tested->scores_json = inversion_tests_to_json(data.tests);
    tested->text = inversion_tests_to_text(data.tests);
  }
  return tested;
}

}  // namespace geod::trainer
