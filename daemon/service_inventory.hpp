#pragma once

#include <chrono>
#include <mutex>

#include "config/catalog_config.hpp"
#include "core/clock.hpp"
#include "daemon/inventory_watch.hpp"
#include "service/station_service.hpp"

namespace geod {

/// The inventory as the service tells it. geod-assoc has its own, which it takes up between two
/// picks.
class ServiceInventory {
 public:
  ServiceInventory(const config::CatalogConfig& config, const Clock& clock)
      : watch_(config), clock_(clock) {}

  /// Looks at the files now and then. Thread: main.
  void look(std::chrono::steady_clock::time_point now);

  /// Thread: any.
  service::InventorySnapshot snapshot() const;

 private:
  InventoryWatch watch_;  // main alone, as next_look_
  const Clock& clock_;
  std::chrono::steady_clock::time_point next_look_{};

  mutable std::mutex mutex_;  // guards snapshot_
  service::InventorySnapshot snapshot_;
};

}  // namespace geod
