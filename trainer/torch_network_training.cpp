#include "trainer/torch_network_training.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include <ATen/Context.h>
#include <ATen/core/grad_mode.h>

#include "trainer/torch_device.hpp"
#include "trainer/torch_tensor_files.hpp"

namespace geod::trainer {
namespace {

double sum_of_weights(const TrainBatch& batch) {
  return std::accumulate(batch.weight.begin(), batch.weight.end(), 0.0);
}

std::unique_ptr<TrainedNetwork> on_device(std::unique_ptr<TrainedNetwork> network,
                                          at::Device device) {
  network->tensors().to(device);
  return network;
}

}  // namespace

NetworkTraining::NetworkTraining(const TrainOptions& options,
                                 std::unique_ptr<TrainedNetwork> network,
                                 const OptimiserSettings& settings,
                                 ProcessGroup& group,
                                 at::Device device)
    : options_(options),
      group_(group),
      device_(device),
      network_(on_device(std::move(network), device_)),
      optimiser_(network_->tensors(), settings) {
  *network_->tensors().batch_sums() = {group.size(), [&group](const at::Tensor& values) {
                                         return differentiable_sum(group, values);
                                       }};
}

Result<double> NetworkTraining::step(const TrainBatch& batch,
                                     double learning_rate,
                                     bool training_mode) {
  optimiser_.zero_gradients();
  const BatchTotals totals{group_.size() * batch.windows,
                           group_.sum({sum_of_weights(batch)}).front()};
  const std::int64_t parts = std::min(options_.accumulate_steps, batch.windows);
  double value = 0.0;
  for (std::int64_t part = 0; part < parts; ++part) {
    // Dropouts depend on step, process and part alone, so that a resumed run draws the same ones.
    at::manual_seed(options_.seed * 0x9E3779B97F4A7C15ULL + static_cast<std::uint64_t>(batch.step) +
                    static_cast<std::uint64_t>(group_.rank() * parts + part) *
                        0xD1342543DE82EF95ULL);
    const std::int64_t first = part * batch.windows / parts;
    const std::int64_t end = (part + 1) * batch.windows / parts;
    at::Tensor loss;
    {
      const Bfloat16Scope precision(options_.bfloat16, device_.type());
      loss = network_->loss(batch, first, end - first, totals, training_mode);
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
  const BatchTotals totals{batch.windows, sum_of_weights(batch)};
  return averaged().loss(batch, 0, batch.windows, totals, false).item<double>();
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

TrainedNetwork& NetworkTraining::averaged() {
  if (!averaged_) {
    averaged_ = on_device(network_->same_shape(), device_);
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

std::shared_ptr<const TrainedNetwork> NetworkTraining::evaluated() {
  averaged();
  return averaged_;
}

}  // namespace geod::trainer
