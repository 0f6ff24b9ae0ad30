#pragma once

#include <functional>
#include <memory>
#include <string>

#include "catalog/inventory.hpp"
#include "core/time.hpp"
#include "service/router.hpp"

namespace geod::service {

/// The inventory in force and when it came into force.
struct InventorySnapshot {
  std::shared_ptr<const catalog::Inventory> inventory;  ///< null: there is none
  Time updated;
};
/// Thread: any.
using InventorySource = std::function<InventorySnapshot()>;

/// Adds FDSN station 1: query, application.wadl, version. `agency_id` is the sender of what is
/// written.
void add_station_routes(Router& router, InventorySource inventory, std::string agency_id);

}  // namespace geod::service
