#pragma once

#include <fstream>
#include <memory>
#include <optional>

#include "trainer/dataset.hpp"
#include "trainer/run_identity.hpp"
#include "trainer/torch_picker_training.hpp"

namespace geod::trainer {

/// One run of `geod train --task dpk`, from the data to the model folder.
/// Thread: one, which also computes; batches are made on a second one.
class PickerRun {
 public:
  PickerRun(const TrainOptions& options, const TrainObserver& observer, std::stop_token stop);
  Result<TrainReport> run();

 private:
  using Clock = std::chrono::steady_clock;

  Result<void> prepare();
  /// Goes on from the checkpoint, if there is one of this run.
  Result<void> resume();
  Result<void> open_run_directory();
  void split();
  Result<std::unique_ptr<WindowSampler>> make_sampler(std::span<const Recording> recordings,
                                                      bool validation) const;
  TargetFunction targets() const;
  Result<void> train();
  /// 0 to 1: how far the schedule has come.
  double fraction() const;
  double learning_rate() const;
  double elapsed_s() const;
  Result<void> after_step(double loss);
  Result<void> save_checkpoint();
  /// Scores on the held-out recordings, as JSON; "{}" without any.
  Result<std::string> validate();
  /// End of an epoch of the seismollm preset. True: no improvement for `patience_epochs`.
  Result<bool> end_epoch();
  void report_progress();
  void log_metrics(const std::string& json_line);
  Result<void> export_result();
  std::string provenance() const;

  const TrainOptions& options_;
  const TrainObserver& observer_;
  std::stop_token stop_;

  models::SeisMollmGeometry geometry_;
  std::string started_from_json_;
  RunIdentity identity_;
  Dataset dataset_;
  std::vector<Recording> training_data_;
  std::vector<Recording> held_out_;
  std::unique_ptr<WindowSampler> sampler_;
  std::unique_ptr<PickerTraining> training_;
  std::filesystem::path run_directory_;
  std::ofstream metrics_;

  Clock::time_point started_;
  double elapsed_before_s_ = 0.0;  ///< of the runs that this one resumes
  std::int64_t first_step_ = 0;
  std::int64_t epoch_steps_ = 0;  ///< seismollm preset
  double running_loss_ = 0.0;
  std::optional<double> best_loss_;  ///< seismollm preset, of its epochs
  int epochs_without_gain_ = 0;
  bool done_early_ = false;
  TrainReport report_;
};

}  // namespace geod::trainer
