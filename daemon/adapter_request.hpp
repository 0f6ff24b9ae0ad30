#pragma once

#include <optional>
#include <string>

#include "core/error.hpp"
#include "models/geometry.hpp"

namespace geod {

/// What `geod adapters` asks of the running daemon.
struct AdapterRequest {
  enum class Action { kActivate, kRollback, kShadow, kShadowOff };
  Action action = Action::kActivate;
  std::string bundle;  ///< folder name; empty for activate: what geod ships for `task`
  std::optional<models::Task> task;  ///< where `bundle` does not say it
};

/// {"command": "adapters", "action": "activate", "bundle": "ridge-2"} and the like. `action` is one
/// of activate, rollback, shadow, shadow-off.
std::string to_json(const AdapterRequest& request);

/// kConfig with what is missing or wrong.
Result<AdapterRequest> parse_adapter_request(const std::string& json);

}  // namespace geod
