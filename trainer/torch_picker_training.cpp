#include "trainer/torch_picker_training.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <ATen/Context.h>
#include <ATen/autocast_mode.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>

#include "models/torch_model_files.hpp"
#include "trainer/torch_pick_loss.hpp"
#include "trainer/torch_tensor_files.hpp"

namespace geod::trainer {
namespace {

/// P and S start rare: a sigmoid of -3 is 0.05.
constexpr double kInitialOutputBias = -3.0;

/// Mixed precision for the lifetime of the object: matrix products and convolutions in bfloat16.
class Bfloat16Scope {
 public:
  explicit Bfloat16Scope(bool on) : on_(on) {
    if (on_) {
      at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
      at::autocast::set_autocast_enabled(at::kCPU, true);
    }
  }
  ~Bfloat16Scope() {
    if (on_) {
      at::autocast::set_autocast_enabled(at::kCPU, false);
      at::autocast::clear_cache();
    }
  }
  Bfloat16Scope(const Bfloat16Scope&) = delete;
  Bfloat16Scope& operator=(const Bfloat16Scope&) = delete;

 private:
  bool on_;
};

at::Tensor view(const std::vector<float>& values, std::int64_t channels, std::int64_t samples) {
  // from_blob takes a mutable pointer; nothing here writes through it.
  return at::from_blob(
      const_cast<float*>(values.data()),
      {static_cast<std::int64_t>(values.size()) / (channels * samples), channels, samples},
      at::kFloat);
}

/// A text that is a number and nothing else.
template <class T>
std::optional<T> read_number(const std::string& text) {
  T value{};
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && at == end && value >= T{} ? std::optional(value) : std::nullopt;
}

/// kCorruptRecord when a number is missing or is none.
Result<RunProgress> read_progress(const std::map<std::string, std::string>& metadata) {
  const auto text = [&](const char* key) {
    const auto found = metadata.find(key);
    return found == metadata.end() ? std::string{} : found->second;
  };
  const auto elapsed = read_number<double>(text("elapsed_s"));
  const auto epochs = read_number<int>(text("epochs_without_gain"));
  const auto best = read_number<double>(text("best_loss"));
  if (!elapsed || !epochs || (metadata.contains("best_loss") && !best)) {
    return fail(Errc::kCorruptRecord,
                "elapsed_s, best_loss or epochs_without_gain is not a number");
  }
  return RunProgress{*elapsed, best, *epochs};
}

OptimiserSettings settings_of(const TrainOptions& options) {
  OptimiserSettings settings;
  settings.average_decay = options.average_decay;
  settings.max_gradient_norm = options.max_gradient_norm;
  if (options.preset == Preset::kSeismollm) {
    settings.beta2 = 0.999;
    settings.weight_decay = 0.0;
    settings.max_gradient_norm = 0.0;
    settings.average_decay = 0.0;
  }
  return settings;
}

Result<std::unique_ptr<models::TorchSeisMollm>> load_trained_network(
    const std::filesystem::path& folder) {
  const auto manifest = models::load_manifest(folder);
  if (!manifest) {
    return tl::unexpected(manifest.error());
  }
  return models::load_network(folder, *manifest);
}

/// Random weights, in the trunk those of `options.trunk` where it is given.
Result<std::unique_ptr<models::TorchSeisMollm>> fresh_network(
    const TrainOptions& options, const models::SeisMollmGeometry& geometry) {
  auto network = models::TorchSeisMollm::make(geometry, models::Task::kDpk, options.seed);
  if (!network) {
    return network;
  }
  if (options.preset == Preset::kGeod) {
    const at::NoGradGuard no_gradient;
    (*network)->tensors().at("out_head.out_conv.bias").fill_(kInitialOutputBias);
  }
  if (!options.trunk.empty()) {
    if (auto loaded = models::load_trunk(options.trunk, **network); !loaded) {
      return tl::unexpected(loaded.error());
    }
  }
  return network;
}

}  // namespace

PickerTraining::PickerTraining(const TrainOptions& options,
                               std::unique_ptr<models::TorchSeisMollm> network)
    : options_(options),
      network_(std::move(network)),
      optimiser_(std::make_unique<TorchOptimiser>(network_->tensors(), settings_of(options))) {}

Result<PickerTraining> PickerTraining::make(const TrainOptions& options,
                                            const models::SeisMollmGeometry& geometry) {
  auto network =
      options.init.empty() ? fresh_network(options, geometry) : load_trained_network(options.init);
  if (!network) {
    return tl::unexpected(network.error());
  }
  return PickerTraining(options, std::move(*network));
}

Result<double> PickerTraining::step(const PickBatch& batch, double learning_rate) {
  const std::int64_t samples = network_->geometry().window_samples;
  const at::Tensor input = view(batch.input, 3, samples);
  // Dropouts depend on the step alone, so that a resumed run draws the same ones.
  at::manual_seed(options_.seed * 0x9E3779B97F4A7C15ULL + static_cast<std::uint64_t>(batch.step));
  optimiser_->zero_gradients();
  at::Tensor loss;
  {
    const Bfloat16Scope precision(options_.bfloat16);
    loss = pick_loss(network_->logits(input, true), batch);
  }
  loss.backward();
  const double value = loss.item<double>();
  const double norm = optimiser_->step(learning_rate);
  if (!std::isfinite(value) || !std::isfinite(norm)) {
    return fail(Errc::kModelMismatch,
                "step {}: loss {} or gradient norm {} is not finite; lower --lr",
                batch.step,
                value,
                norm);
  }
  return value;
}

Result<double> PickerTraining::validation_loss(const PickBatch& batch) {
  const at::NoGradGuard no_gradient;
  refresh_averaged();
  const std::int64_t samples = network_->geometry().window_samples;
  const at::Tensor logits = averaged_->logits(view(batch.input, 3, samples), false);
  return pick_loss(logits, batch).item<double>();
}

at::Tensor PickerTraining::pick_loss(const at::Tensor& logits, const PickBatch& batch) const {
  const std::int64_t samples = network_->geometry().window_samples;
  const at::Tensor probability = view(batch.probability, 2, samples);
  const at::Tensor weight = view(batch.weight, 2, samples);
  return options_.preset == Preset::kGeod ? geod_pick_loss(logits, probability, weight)
                                          : seismollm_pick_loss(logits, probability, weight);
}

Result<void> PickerTraining::save_checkpoint(const std::filesystem::path& path,
                                             const RunIdentity& identity,
                                             const RunProgress& progress) const {
  TensorFile file;
  file.tensors = optimiser_->state();
  for (const models::TensorSpec& spec : network_->tensors().specs()) {
    file.tensors["weights." + spec.name] = network_->tensors().at(spec.name);
  }
  file.metadata = identity;
  file.metadata["steps"] = std::to_string(steps());
  file.metadata["elapsed_s"] = fmt::format("{}", progress.elapsed_s);
  file.metadata["epochs_without_gain"] = std::to_string(progress.epochs_without_gain);
  if (progress.best_loss) {
    file.metadata["best_loss"] = fmt::format("{}", *progress.best_loss);
  }
  return write_tensor_file(path, file);
}

Result<std::optional<RunProgress>> PickerTraining::load_checkpoint(
    const std::filesystem::path& path, const RunIdentity& identity) {
  if (!std::filesystem::exists(path)) {
    return std::nullopt;
  }
  auto file = read_tensor_file(path);
  if (!file) {
    return tl::unexpected(file.error());
  }
  if (const std::string difference = identity_difference(file->metadata, identity);
      !difference.empty()) {
    return fail(Errc::kModelMismatch,
                "{}: is of a run with other options: {}; give the options of that run, choose "
                "another --out, or delete {}",
                path.string(),
                difference,
                path.parent_path().string());
  }
  for (const models::TensorSpec& spec : network_->tensors().specs()) {
    const auto found = file->tensors.find("weights." + spec.name);
    if (found == file->tensors.end()) {
      return fail(Errc::kModelMismatch, "{}: weights.{} is missing", path.string(), spec.name);
    }
    if (auto assigned = network_->tensors().assign(spec.name, found->second); !assigned) {
      return tl::unexpected(assigned.error());
    }
  }
  const auto steps = read_number<std::int64_t>(file->metadata["steps"]);
  if (!steps) {
    return fail(Errc::kCorruptRecord, "{}: steps is not a number", path.string());
  }
  const auto progress = read_progress(file->metadata);
  if (!progress) {
    return fail_with(progress.error(), path.string());
  }
  if (auto restored = optimiser_->restore(file->tensors, *steps); !restored) {
    return fail_with(restored.error(), path.string());
  }
  return *progress;
}

Result<void> PickerTraining::save_model(const std::filesystem::path& path) const {
  return write_tensor_file(path, TensorFile{optimiser_->averaged(), {{"format", "pt"}}});
}

void PickerTraining::refresh_averaged() {
  if (!averaged_) {
    auto copy = models::TorchSeisMollm::make(network_->geometry(), models::Task::kDpk, 0);
    GEOD_CHECK(copy.has_value(), "a geometry that made one network makes another");
    averaged_ = std::move(*copy);
  }
  for (const auto& [name, tensor] : optimiser_->averaged()) {
    const auto assigned = averaged_->tensors().assign(name, tensor);
    GEOD_CHECK(assigned.has_value(), "the averaged tensors fit their own network");
  }
}

ScoreFunction PickerTraining::scorer() {
  refresh_averaged();
  return score_function(averaged_);
}

ScoreFunction score_function(std::shared_ptr<const models::TorchSeisMollm> network) {
  return [network = std::move(network)](std::span<const ScoreInput> windows,
                                        std::span<float> scores) -> Result<void> {
    const at::NoGradGuard no_gradient;
    std::vector<float> input;
    for (const ScoreInput& window : windows) {
      input.insert(input.end(), window.window.data.begin(), window.window.data.end());
    }
    const at::Tensor x = view(input, 3, network->geometry().window_samples);
    const at::Tensor out =
        network->activate(network->logits(x, false)).narrow(1, 1, 2).contiguous();
    std::copy_n(out.data_ptr<float>(), scores.size(), scores.begin());
    return {};
  };
}

}  // namespace geod::trainer
