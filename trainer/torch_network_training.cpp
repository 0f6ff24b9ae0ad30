#include "trainer/torch_network_training.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>

#include "trainer/torch_device.hpp"
#include "trainer/torch_tensor_files.hpp"

namespace geod::trainer {
namespace {

double sum_of_weights(const TrainBatch& batch) {
  return std::accumulate(batch.weight.begin(), batch.weight.end(), 0.0);
}

/// Rows [first, first + rows) of row-major values of the given shape behind the row.
at::Tensor view(const std::vector<float>& values,
                std::int64_t first,
                std::int64_t rows,
                std::vector<std::int64_t> shape) {
  std::int64_t row_size = 1;
  for (const std::int64_t size : shape) {
    row_size *= size;
  }
  shape.insert(shape.begin(), rows);
  // from_blob takes a mutable pointer; nothing here writes through it.
  return at::from_blob(const_cast<float*>(values.data()) + first * row_size, shape, at::kFloat);
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

std::unique_ptr<models::TorchSeisMollm> on_device(std::unique_ptr<models::TorchSeisMollm> network,
                                                  at::Device device) {
  network->to(device);
  return network;
}

}  // namespace

NetworkTraining::NetworkTraining(const TrainOptions& options,
                                 std::unique_ptr<models::TorchSeisMollm> network,
                                 ProcessGroup& group,
                                 at::Device device)
    : options_(options),
      group_(group),
      kind_{options.task, options.preset},
      device_(device),
      network_(on_device(std::move(network), device_)),
      optimiser_(network_->tensors(), settings_of(options)) {
  *network_->tensors().batch_sums() = {group.size(), [&group](const at::Tensor& values) {
                                         return differentiable_sum(group, values);
                                       }};
}

at::Tensor NetworkTraining::loss_of(const models::TorchSeisMollm& network,
                                    const TrainBatch& batch,
                                    std::int64_t first,
                                    std::int64_t windows,
                                    bool training) const {
  const std::int64_t samples = network.geometry().window_samples;
  const bool picks = kind_.task == models::Task::kDpk;
  using Shape = std::vector<std::int64_t>;
  const at::Tensor input = view(batch.input, first, windows, {3, samples}).to(device_);
  const at::Tensor target =
      view(batch.target, first, windows, picks ? Shape{2, samples} : Shape{2}).to(device_);
  const at::Tensor weight =
      view(batch.weight, first, windows, picks ? Shape{2, samples} : Shape{1}).to(device_);
  return summed_loss(kind_, network.logits(input, training), target, weight);
}

Result<double> NetworkTraining::step(const TrainBatch& batch, double learning_rate) {
  optimiser_.zero_gradients();
  const double divisor = loss_divisor(kind_,
                                      group_.size() * batch.windows,
                                      network_->geometry().window_samples,
                                      group_.sum({sum_of_weights(batch)}).front());
  const std::int64_t parts = options_.accumulate_steps;
  const std::int64_t windows = batch.windows / parts;
  double value = 0.0;
  for (std::int64_t part = 0; part < parts; ++part) {
    // Dropouts depend on step, process and part alone, so that a resumed run draws the same ones.
    at::manual_seed(options_.seed * 0x9E3779B97F4A7C15ULL + static_cast<std::uint64_t>(batch.step) +
                    static_cast<std::uint64_t>(group_.rank() * parts + part) *
                        0xD1342543DE82EF95ULL);
    at::Tensor loss;
    {
      const Bfloat16Scope precision(options_.bfloat16, device_.type());
      loss = loss_of(*network_, batch, part * windows, windows, true) / divisor;
    }
    loss.backward();
    value += loss.item<double>();
  }
  group_.sum_all(optimiser_.gradients());
  value = group_.sum({value}).front();
  const double norm = optimiser_.step(learning_rate);
  if (!std::isfinite(value) || !std::isfinite(norm)) {
    return fail(Errc::kModelMismatch,
                "step {}: loss {} or gradient norm {} is not finite; lower --lr",
                batch.step,
                value,
                norm);
  }
  return value;
}

double NetworkTraining::validation_loss(const TrainBatch& batch) {
  const at::NoGradGuard no_gradient;
  const double divisor = loss_divisor(
      kind_, batch.windows, network_->geometry().window_samples, sum_of_weights(batch));
  return loss_of(averaged(), batch, 0, batch.windows, false).item<double>() / divisor;
}

Result<void> NetworkTraining::save_checkpoint(const std::filesystem::path& path,
                                              const RunIdentity& identity,
                                              const RunProgress& progress) const {
  TensorFile file;
  file.tensors = optimiser_.state();
  for (const models::TensorSpec& spec : network_->tensors().specs()) {
    file.tensors["weights." + spec.name] = network_->tensors().at(spec.name);
  }
  file.metadata = progress_to_metadata(progress);
  file.metadata.insert(identity.begin(), identity.end());
  return write_tensor_file(path, file);
}

Result<std::optional<RunProgress>> NetworkTraining::load_checkpoint(
    const std::filesystem::path& path, const RunIdentity& identity) {
  if (!std::filesystem::exists(path)) {
    return std::nullopt;
  }
  const auto file = read_tensor_file(path);
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
  const auto progress = progress_from_metadata(file->metadata);
  if (!progress) {
    return fail_with(progress.error(), path.string());
  }
  if (auto restored = optimiser_.restore(file->tensors, progress->steps); !restored) {
    return fail_with(restored.error(), path.string());
  }
  return *progress;
}

Result<void> NetworkTraining::save_model(const std::filesystem::path& path) const {
  return write_tensor_file(path, TensorFile{optimiser_.averaged(), {{"format", "pt"}}});
}

Result<void> NetworkTraining::evaluate_with(const std::filesystem::path& path) {
  const auto file = read_tensor_file(path);
  if (!file) {
    return tl::unexpected(file.error());
  }
  models::TensorTable& table = averaged().tensors();
  for (const auto& [name, tensor] : file->tensors) {
    if (auto assigned = table.assign(name, tensor); !assigned) {
      return fail_with(assigned.error(), path.string());
    }
  }
  return {};
}

models::TorchSeisMollm& NetworkTraining::averaged() {
  if (!averaged_) {
    auto copy = models::TorchSeisMollm::make(network_->geometry(), network_->task(), 0);
    GEOD_CHECK(copy.has_value(), "a geometry that made one network makes another");
    averaged_ = on_device(std::move(*copy), device_);
  }
  if (averaged_step_ != steps()) {
    for (const auto& [name, tensor] : optimiser_.averaged()) {
      const auto assigned = averaged_->tensors().assign(name, tensor);
      GEOD_CHECK(assigned.has_value(), "the averaged tensors fit their own network");
    }
    averaged_step_ = steps();
  }
  return *averaged_;
}

ScoreFunction NetworkTraining::scorer() {
  averaged();
  return score_function(averaged_, device_);
}

ScoreFunction score_function(std::shared_ptr<const models::TorchSeisMollm> network,
                             at::Device device) {
  return [network = std::move(network), device](std::span<const ScoreInput> windows,
                                                std::span<float> scores) -> Result<void> {
    const at::NoGradGuard no_gradient;
    std::vector<float> input;
    for (const ScoreInput& window : windows) {
      input.insert(input.end(), window.window.data.begin(), window.window.data.end());
    }
    const at::Tensor x = view(input,
                              0,
                              static_cast<std::int64_t>(windows.size()),
                              {3, network->geometry().window_samples})
                             .to(device);
    at::Tensor out = network->activate(network->logits(x, false));
    if (network->task() == models::Task::kDpk) {
      out = out.narrow(1, 1, 2);
    }
    out = out.to(at::kCPU, at::kFloat).contiguous();
    GEOD_CHECK(out.numel() == static_cast<std::int64_t>(scores.size()), "scores are of the task");
    std::copy_n(out.const_data_ptr<float>(), scores.size(), scores.begin());
    return {};
  };
}

}  // namespace geod::trainer
