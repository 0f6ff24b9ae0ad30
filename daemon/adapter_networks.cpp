#include "daemon/adapter_networks.hpp"

#include <utility>

namespace geod {

Result<AdapterNetworks*> NetworksByTask::of(models::Task task) const {
  if (!models::is_image_task(task)) {
    return &seismograms_;
  }
  if (images_ == nullptr) {
    return fail(Errc::kNotFound,
                "geod runs without a model for images, so nothing can serve {}: set "
                "models.segmenter to a model folder and start it again",
                models::to_string(task));
  }
  return images_;
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
