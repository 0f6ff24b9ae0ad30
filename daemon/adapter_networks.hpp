#pragma once

#include <chrono>
#include <memory>

#include "core/error.hpp"
#include "core/time.hpp"
#include "daemon/network_order.hpp"
#include "models/network_host.hpp"
#include "models/overlay.hpp"

namespace geod {

/// A network that is ready for a role and not in service yet.
struct ReadyNetwork {
  models::Task task = models::Task::kDpk;
  Role role = Role::kActive;
  /// For the engine that the task has in this role. Null: `opened` is the first one.
  std::unique_ptr<models::PreparedNetwork> network;
  std::unique_ptr<models::NetworkHost> opened;
};

/// What decisions about adapters do to the networks. Thread: geod-adapt, and main before the
/// threads that score run.
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

/// The networks of seismograms, of images and of shots, each behind its own switch.
class NetworksByTask final : public AdapterNetworks {
 public:
  /// All outlive this. `images` and `shots` are null where no model for them is there.
  NetworksByTask(AdapterNetworks& seismograms, AdapterNetworks* images, AdapterNetworks* shots)
      : seismograms_(seismograms), images_(images), shots_(shots) {}

  /// As above; kNotFound for a task of images or shots without a model for them.
  Result<ReadyNetwork> prepare(models::Task task, Role role, const Overlay& overlay) override;
  Result<InService> put_in_service(ReadyNetwork network) override;
  Result<void> end(models::Task task, Role role) override;

 private:
  Result<AdapterNetworks*> of(models::Task task) const;

  AdapterNetworks& seismograms_;
  AdapterNetworks* const images_;
  AdapterNetworks* const shots_;
};

}  // namespace geod
