#include "daemon/adapter_networks.hpp"

#include <utility>

#include "models/network_shape.hpp"

namespace geod {

Result<AdapterNetworks*> NetworksByTask::of(models::Task task) const {
  const models::InputKind input = models::input_of(task);
  if (input == models::InputKind::kSeismograms) {
    return &seismograms_;
  }
  const bool is_image = input == models::InputKind::kImages;
  AdapterNetworks* const networks = is_image ? images_ : shots_;
  if (networks == nullptr) {
    return fail(Errc::kNotFound,
                "geod runs without a model for {}, so nothing can serve {}: set {} to a model "
                "folder and start it again",
                models::to_string(input),
                models::to_string(task),
                is_image ? "models.segmenter" : "models.inverter");
  }
  return networks;
}

Result<ReadyNetwork> NetworksByTask::prepare(models::Task task, Role role, const Overlay& overlay) {
  const auto networks = of(task);
  return networks ? (*networks)->prepare(task, role, overlay) : tl::unexpected(networks.error());
}

Result<AdapterNetworks::InService> NetworksByTask::put_in_service(ReadyNetwork network) {
  const auto networks = of(network.task);
  return networks ? (*networks)->put_in_service(std::move(network))
                  : tl::unexpected(networks.error());
}

Result<void> NetworksByTask::end(models::Task task, Role role) {
  const auto networks = of(task);
  return networks ? (*networks)->end(task, role) : tl::unexpected(networks.error());
}

}  // namespace geod
