#include "daemon/service_inventory.hpp"

namespace geod {
namespace {

constexpr auto kLookInterval = std::chrono::seconds{2};

}  // namespace

void ServiceInventory::look(std::chrono::steady_clock::time_point now) {
  if (now < next_look_) {
    return;
  }
  next_look_ = now + kLookInterval;
  if (!watch_.look()) {
    return;
  }
  const auto places = watch_.places();
  const std::lock_guard lock(mutex_);
  snapshot_ = {std::shared_ptr<const catalog::Inventory>(places, &places->inventory), clock_.now()};
}

service::InventorySnapshot ServiceInventory::snapshot() const {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

}  // namespace geod
