#include "trainer/torch_inversion_network.hpp"

#include <utility>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/full.h>

#include "models/inversion_scaling.hpp"
#include "models/inversion_specs.hpp"
#include "models/torch_base.hpp"
#include "trainer/inversion_batches.hpp"

namespace geod::trainer {
namespace {

at::Device device_of(const models::TorchInversionNet& network) {
  return network.tensors().at(network.tensors().specs().front().name).device();
}

/// Copies the tensors of a model folder into a network that has them, too.
Result<void> take_weights(const std::filesystem::path& folder, models::TorchInversionNet& network) {
  const auto manifest = models::load_manifest(folder);
  if (!manifest) {
    return tl::unexpected(manifest.error());
  }
  const std::vector<models::TensorSpec> held = models::tensor_specs(*manifest);
  const auto tensors = models::read_tensors(folder, *manifest, held, held);
  if (!tensors) {
    return tl::unexpected(tensors.error());
  }
  for (const models::TensorSpec& spec : held) {
    if (auto assigned = network.tensors().assign(spec.name, tensors->at(spec.name)); !assigned) {
      return fail_with(assigned.error(), folder.string());
    }
  }
  return {};
}

}  // namespace

InversionNetwork::InversionNetwork(std::unique_ptr<models::TorchInversionNet> network,
                                   InversionLoss loss)
    : network_(std::move(network)), loss_(loss) {}

at::Tensor InversionNetwork::loss(const TrainBatch& batch,
                                  std::int64_t first,
                                  std::int64_t windows,
                                  const BatchTotals& totals,
                                  bool training) const {
  const models::InversionGeometry& geometry = network_->geometry();
  const at::Device device = device_of(*network_);
  const at::Tensor raw =
      view_rows(batch.input, first, windows, {geometry.sources, geometry.times, geometry.receivers})
          .to(device);
  const at::Tensor truth =
      view_rows(batch.target, first, windows, {1, geometry.depths, geometry.offsets}).to(device);
  const at::Tensor weights =
      view_rows(batch.weight, first, windows, {kInversionWeights}).to(device);
  const at::Tensor shots =
      normalised_shots(raw, weights.select(1, kLogMinimum), weights.select(1, kLogSpan));
  const at::Tensor difference = network_->forward(shots, training) - truth;
  at::Tensor each = difference.abs().mean({1, 2, 3});
  if (loss_ == InversionLoss::kL1L2) {
    each = each + difference.square().mean({1, 2, 3});
  }
  return (each * weights.select(1, kCounts)).sum() / static_cast<double>(totals.windows);
}

std::unique_ptr<TrainedNetwork> InversionNetwork::same_shape() const {
  auto network = models::TorchInversionNet::make(network_->geometry(), 0);
  GEOD_CHECK(network.has_value(), "a geometry that made one network makes another");
  return std::make_unique<InversionNetwork>(std::move(*network), loss_);
}

at::Tensor normalised_shots(const at::Tensor& shots,
                            const at::Tensor& minimum,
                            const at::Tensor& span) {
  const at::Tensor logarithm = shots.abs().log1p_().mul_(shots.sign());
  return logarithm.sub_(minimum.view({-1, 1, 1, 1}))
      .div_(span.view({-1, 1, 1, 1}))
      .sub_(0.5)
      .mul_(2.0);
}

InvertFunction invert_function(std::shared_ptr<const TrainedNetwork> trained) {
  return [trained = std::move(trained)](std::span<const float> shots,
                                        const models::InversionSettings& settings,
                                        std::vector<float>& maps) -> Result<void> {
    const auto& network = static_cast<const InversionNetwork&>(*trained).network();
    const at::NoGradGuard no_gradient;
    const models::InversionGeometry& geometry = network.geometry();
    const std::int64_t values = geometry.sources * geometry.times * geometry.receivers;
    const auto count = static_cast<std::int64_t>(shots.size()) / values;
    const models::InversionScaling scaling(settings);
    const at::Device device = device_of(network);
    // from_blob takes a mutable pointer; nothing here writes through it.
    const at::Tensor raw =
        at::from_blob(const_cast<float*>(shots.data()),
                      {count, geometry.sources, geometry.times, geometry.receivers},
                      at::kFloat)
            .to(device);
    const at::Tensor normalised =
        normalised_shots(raw,
                         at::full({count}, scaling.log_min(), raw.options()),
                         at::full({count}, scaling.log_span(), raw.options()));
    const at::Tensor out = network.forward(normalised, false).to(at::kCPU, at::kFloat).contiguous();
    const float* begin = out.const_data_ptr<float>();
    maps.assign(begin, begin + out.numel());
    return {};
  };
}

Result<std::unique_ptr<models::TorchInversionNet>> starting_inversion(
    const TrainOptions& options, const models::InversionGeometry& geometry) {
  auto network = models::TorchInversionNet::make(geometry, options.seed);
  if (!network) {
    return network;
  }
  if (!options.init.empty()) {
    if (auto taken = take_weights(options.init, **network); !taken) {
      return tl::unexpected(taken.error());
    }
  }
  for (const models::TensorSpec& spec : (*network)->tensors().specs()) {
    (*network)->tensors().at(spec.name).set_requires_grad(spec.is_trainable && !spec.is_buffer);
  }
  return network;
}

}  // namespace geod::trainer
