#include "trainer/torch_starting_network.hpp"

#include <algorithm>
#include <cmath>

#include <ATen/core/grad_mode.h>

#include "models/torch_model_files.hpp"
#include "trainer/torch_methods.hpp"

namespace geod::trainer {
namespace {

using models::Task;
using models::TorchSeisMollm;

/// P and S start rare: a sigmoid of -3 is 0.05.
constexpr double kInitialPickBias = -3.0;
/// Share of the output's range that a fresh head may begin at.
constexpr double kLeastShare = 0.01;
constexpr double kMaxMagnitude = 8.0;
constexpr double kMaxDistanceKm = 500.0;

/// Sets the last bias of a fresh head, so that the first answers are those one gives unseen.
void set_initial_answer(TorchSeisMollm& network, double mean_target) {
  const at::NoGradGuard no_gradient;
  if (network.task() == Task::kDpk) {
    network.tensors().at("out_head.out_conv.bias").fill_(kInitialPickBias);
    return;
  }
  if (std::isnan(mean_target) || (network.task() != Task::kEmg && network.task() != Task::kDis)) {
    return;
  }
  const double range = network.task() == Task::kEmg ? kMaxMagnitude : kMaxDistanceKm;
  const double share = std::clamp(mean_target / range, kLeastShare, 1.0 - kLeastShare);
  network.tensors().at("out_head.lin.bias").fill_(std::log(share / (1.0 - share)));
}

/// Copies the weights of `options.init` into the network, all but the head of another task.
Result<void> take_weights(const std::filesystem::path& folder, TorchSeisMollm& network) {
  const auto manifest = models::load_manifest(folder);
  if (!manifest) {
    return tl::unexpected(manifest.error());
  }
  const auto base = models::load_network(folder, *manifest);
  if (!base) {
    return tl::unexpected(base.error());
  }
  for (const models::TensorSpec& spec : (*base)->tensors().specs()) {
    if (spec.part == models::Part::kHead && manifest->task != network.task()) {
      continue;
    }
    if (auto assigned = network.tensors().assign(spec.name, (*base)->tensors().at(spec.name));
        !assigned) {
      return fail_with(assigned.error(), folder.string());
    }
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<TorchSeisMollm>> starting_network(const TrainOptions& options,
                                                         const models::SeisMollmGeometry& geometry,
                                                         double mean_target) {
  auto network = TorchSeisMollm::make(geometry, options.task, options.seed);
  if (!network) {
    return network;
  }
  if (options.preset == Preset::kGeod) {
    set_initial_answer(**network, mean_target);
  }
  if (!options.trunk.empty()) {
    if (auto loaded = models::load_trunk(options.trunk, **network); !loaded) {
      return tl::unexpected(loaded.error());
    }
  }
  if (!options.init.empty()) {
    if (auto taken = take_weights(options.init, **network); !taken) {
      return tl::unexpected(taken.error());
    }
  }
  apply_method(**network, method_of(options), options.lora);
  return network;
}

}  // namespace geod::trainer
