#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "models/geometry.hpp"
#include "trainer/event_shares.hpp"
#include "trainer/image_options.hpp"
#include "trainer/inversion_options.hpp"
#include "trainer/split_shares.hpp"

namespace geod::trainer {

enum class Preset : std::uint8_t {
  kGeod,       ///< several events a window, noise windows, masks: docs/training.md
  kSeismollm,  ///< as published, of the seismogram tasks
  kPaper,      ///< as published, of the image tasks and of inversion
};

std::string_view preset_name(Preset preset);

/// What trains, and what a run therefore writes; the table of tensors is in docs/training.md.
enum class Method : std::uint8_t {
  kLora,         ///< LoRA pairs, LayerNorms, positions, embedder, head
  kFull,         ///< every tensor
  kBitFit,       ///< biases and head
  kNorms,        ///< norms and head
  kHead,         ///< head
  kScratch,      ///< every tensor, from random weights
  kSsf,          ///< scales and shifts of channels; of inversion, as the next two
  kAdaptFormer,  ///< bottlenecks beside blocks
  kPrompt,       ///< a map added to the shots
};
std::string_view to_string(Method method);

/// The linear layers of a GPT-2 block that a LoRA pair may adapt, by PEFT's names of them.
enum class LoraTarget : std::uint8_t { kAttention, kAttentionOut, kMlp, kMlpOut };
std::string_view to_string(LoraTarget target);

/// Pairs that method lora adds to a base without them. A base that has pairs keeps rank and alpha.
struct LoraOptions {
  std::optional<std::int64_t> rank;  ///< nothing: kDefaultLoraRank, or that of the base
  std::optional<double> alpha;       ///< nothing: the rank, or that of the base
  std::optional<double> dropout;     ///< nothing: 0.1, or that of the base
  /// Layers whose pair trains; the pairs of the others stay at B = 0. Empty: all four.
  std::vector<LoraTarget> targets;
};
inline constexpr std::int64_t kDefaultLoraRank = 16;

/// Processes that train one network together.
struct WorldOptions {
  int size = 1;
  int rank = 0;
  std::string store;  ///< where they find each other: "file:PATH" or "tcp://HOST:PORT"
};

/// What `geod train` was asked for. Torch-free: the command fills it, the compute module reads it.
struct TrainOptions {
  std::filesystem::path data;       ///< description, folder with dataset.json, or plain folder
  std::vector<int> hold_out_folds;  ///< never trained on; validated on
  bool hold_out_windows = false;    ///< all recordings of kind window are held out
  SplitOptions split;
  /// The few-shot protocol: recordings are split by event into a pool, a validation and a test
  /// part.
  std::optional<EventShares> shares;
  models::Task task = models::Task::kDpk;
  Preset preset = Preset::kGeod;
  /// Nothing: lora with `init` or `trunk`, else scratch.
  std::optional<Method> method;
  LoraOptions lora;
  ImageOptions image;
  InversionOptions inversion;
  std::string geometry = "starter";  ///< a name, or a JSON file
  std::filesystem::path init;        ///< model folder to start from; empty: fresh weights
  std::filesystem::path trunk;  ///< folder of `geod import gpt2`: only the trunk starts from it
  /// Model folder to write, or the folder to write a bundle into.
  std::filesystem::path out;
  std::string name;  ///< empty: the task's
  std::string version = "1";
  std::string command_line;  ///< for the provenance

  std::int64_t steps = 4000;
  std::int64_t epochs = 0;          ///< of images and inversion: 0: `steps` counts
  double minutes = 0.0;             ///< 0: no limit; else the schedule ends when this time is over
  std::int64_t batch_windows = 16;  ///< of a step, over all its parts and processes
  std::int64_t accumulate_steps = 1;  ///< parts a batch is computed in
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
  int patience = 30;                ///< early stopping: validations without gain
  int keep_best = 1;                ///< validated weights that are kept, best first
  std::uint64_t seed = 1;
  int threads = 1;
  int workers = 1;  ///< threads that make batches
  std::string device = "cpu";
  WorldOptions world;
  bool bfloat16 = false;
  bool tf32 = true;                 ///< CUDA, float32 matrix products and convolutions
  std::int64_t validate_steps = 0;  ///< 0: only at the end (seismollm preset: every epoch)
  std::int64_t checkpoint_steps = 500;
  std::int64_t report_steps = 100;
};

/// The method asked for, or the one that stands for nothing asked.
Method method_of(const TrainOptions& options);

/// Whether the run ends in an adapter bundle over the model of `init`, not in a model of its own.
bool writes_bundle(const TrainOptions& options);
/// What the run writes: `out` itself, or the bundle `<name>-<version>` in it.
std::filesystem::path result_folder(const TrainOptions& options);
/// Checkpoint, metrics and kept weights: `<out>.run`, of a bundle `<out>.run/<name>-<version>`.
std::filesystem::path run_folder(const TrainOptions& options);

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
  std::int64_t trainable = 0;  ///< values that train
  double wall_s = 0.0;
  std::optional<double> loss;  ///< running mean; nothing when no step was left to do
  bool stopped = false;        ///< by request: a checkpoint was written, no model
  std::filesystem::path out;   ///< what was written
  std::string scores_json = "{}";
  std::string test_scores_json = "{}";  ///< of the recordings that TrainOptions::shares leaves
};

/// Told while a run goes on. `note` gets plain lines (data summary, scores, files written).
struct TrainObserver {
  std::function<void(const TrainProgress&)> progress;
  std::function<void(const std::string&)> note;
};

/// `geod_train` of the compute module.
using TrainFunction = void (*)(const TrainOptions& options,
                               const TrainObserver& observer,
                               const std::stop_token& stop,
                               Result<TrainReport>& out);

}  // namespace geod::trainer
