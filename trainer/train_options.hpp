#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "core/error.hpp"

namespace geod::trainer {

enum class Preset : std::uint8_t {
  kGeod,       ///< several events a window, noise windows, masks: docs/training.md
  kSeismollm,  ///< as published
};

/// What `geod train` was asked for. Torch-free: the command fills it, the compute module reads it.
struct TrainOptions {
  std::filesystem::path data;       ///< description, folder with dataset.json, or plain folder
  std::vector<int> hold_out_folds;  ///< never trained on; validated on
  bool hold_out_windows = false;    ///< all recordings of kind window are held out
  Preset preset = Preset::kGeod;
  std::string geometry = "starter";  ///< a name, or a JSON file
  std::filesystem::path init;        ///< model folder to start from; empty: fresh weights
  std::filesystem::path trunk;  ///< folder of `geod import gpt2`: only the trunk starts from it
  std::filesystem::path out;    ///< model folder to write; `<out>.run` holds the checkpoint
  std::string name = "picker";
  std::string version = "1";
  std::string command_line;  ///< for the provenance

  std::int64_t steps = 4000;
  double minutes = 0.0;  ///< 0: no limit; else the schedule ends when this time is over
  std::int64_t batch_windows = 16;
  double learning_rate = 2e-3;
  std::int64_t warmup_steps = 150;
  double average_decay = 0.999;
  double max_gradient_norm = 1.0;
  double sigma_start_samples = 20.0;  ///< geod preset: shrinks to `sigma_samples` over 40 %
  double sigma_samples = 10.0;
  double hand_labelled_rate = 0.45;    ///< geod preset: share of windows with analyst labels
  std::int64_t cycle_up_steps = 2500;  ///< seismollm preset
  std::int64_t cycle_down_steps = 3000;
  double min_learning_rate = 5e-4;  ///< seismollm preset: base of the cycle
  int patience_epochs = 30;         ///< seismollm preset: early stopping
  std::uint64_t seed = 1;
  int threads = 1;
  bool bfloat16 = false;
  std::int64_t validate_steps = 0;  ///< 0: only at the end (seismollm preset: every epoch)
  std::int64_t checkpoint_steps = 500;
  std::int64_t report_steps = 100;
};

/// A line of progress, a few a minute.
struct TrainProgress {
  std::int64_t step = 0;
  std::int64_t steps = 0;
  double loss = 0.0;  ///< running mean
  double learning_rate = 0.0;
  double windows_per_s = 0.0;
  double remaining_s = 0.0;
};

struct TrainReport {
  std::int64_t steps = 0;
  std::int64_t windows = 0;
  double wall_s = 0.0;
  double loss = 0.0;
  bool stopped = false;  ///< by request: a checkpoint was written, no model
  std::string scores_json = "{}";
};

/// Told while a run goes on. `note` gets plain lines (data summary, scores, files written).
struct TrainObserver {
  std::function<void(const TrainProgress&)> progress;
  std::function<void(const std::string&)> note;
};

/// `geod_train_picker` of the compute module.
using TrainFunction = void (*)(const TrainOptions& options,
                               const TrainObserver& observer,
                               const std::stop_token& stop,
                               Result<TrainReport>& out);

}  // namespace geod::trainer
