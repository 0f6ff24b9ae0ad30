#pragma once

#include <chrono>
#include <memory>

#include "core/error.hpp"
#include "core/time.hpp"
#include "daemon/network_order.hpp"
#include "models/engine.hpp"
#include "models/overlay.hpp"

namespace geod {

/// A network that is ready for a role and not in service yet.
struct ReadyNetwork {
  models::Task task = models::Task::kDpk;
  Role role = Role::kActive;
  /// The task's engine in this role; `network` is for it. Null: `opened` is the first one.
  models::Engine* engine = nullptr;
  std::unique_ptr<models::PreparedNetwork> network;
  std::unique_ptr<models::Engine> opened;
};

/// What decisions about adapters do to the networks. Thread: geod-adapt, and main before geod-infer
/// runs.
class AdapterNetworks {
 public:
  using Overlay = std::shared_ptr<const models::NetworkOverlay>;
  /// Since when a network scores, and how long scoring stood still for it.
  struct InService {
    std::chrono::steady_clock::time_point since{};
    Duration pause{};
  };

  virtual ~AdapterNetworks() = default;

  /// Loads, checks, folds and tries out, beside what serves. Null: the base's own network.
  /// kModelMismatch with what does not fit; kDevice.
  virtual Result<ReadyNetwork> prepare(models::Task task, Role role, const Overlay& overlay) = 0;

  /// Exchanges it between two batches and waits until that has happened. kCancelled when geod
  /// stops.
  virtual Result<InService> put_in_service(ReadyNetwork network) = 0;

  /// Nothing has the role any more. kCancelled when geod stops.
  virtual Result<void> end(models::Task task, Role role) = 0;
};

}  // namespace geod
