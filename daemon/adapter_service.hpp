#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/adapter_store.hpp"
#include "adapters/adapter_watcher.hpp"
#include "adapters/bundle.hpp"
#include "config/adapters_config.hpp"
#include "core/adapter_event.hpp"
#include "core/clock.hpp"
#include "daemon/adapter_board.hpp"
#include "daemon/adapter_networks.hpp"
#include "daemon/adapter_request.hpp"
#include "daemon/stats.hpp"

namespace geod {

/// Carries out what is decided about adapters: by an operator, or by the configuration when a
/// bundle appears. A bundle is read, checked and tried out before anything changes; what is refused
/// leaves what serves as it is. The state is on disk before a network is exchanged.
///
/// Thread: geod-adapt; open_networks() in main before it runs.
class AdapterService {
 public:
  using Bundle = adapters::Bundle;
  using SteadyTime = std::chrono::steady_clock::time_point;

  /// What it acts through; all outlives it.
  struct Surroundings {
    AdapterNetworks& networks;
    /// adapters::read_bundle for the base model.
    std::function<Result<Bundle>(const std::filesystem::path&)> read;
    /// What geod ships for a task: without an overlay, the base's own network; nothing for no
    /// network.
    std::function<std::optional<Bundle>(models::Task)> shipped;
    /// Puts a bundle on record before it makes rows.
    std::function<void(const Bundle&)> record;
    /// Keeps an event: log, database.
    std::function<void(const AdapterEvent&)> tell;
    const Clock& clock;
    DaemonStats& stats;
  };

  AdapterService(adapters::AdapterStore store, config::OnNewBundle on_new, Surroundings around);

  /// Puts in service what the state names, for all tasks. A bundle that is refused is told, and
  /// what was active before takes its place, else what is shipped. Fails only when nothing can
  /// pick.
  Result<void> open_networks();

  /// A bundle in the folder arrived, changed or went away.
  void on_change(const adapters::AdapterWatcher::Change& change);

  /// Does what is asked; the answer is a JSON object, with "error" when it was not done.
  std::string carry_out(const AdapterRequest& request);

 private:
  /// What is to get a role.
  struct Loaded {
    adapters::BundleRef ref;
    Bundle bundle;  ///< without an overlay: the base's own network
  };
  /// How a network came into service.
  struct Change {
    models::Task task = models::Task::kDpk;
    adapters::BundleRef now;
    std::optional<adapters::BundleRef> before;
    AdapterNetworks::InService in_service;
    SteadyTime asked;
  };

  Result<Loaded> read(const std::string& name);
  Result<Loaded> read_decided(models::Task task, const adapters::BundleRef& ref);
  Result<ReadyNetwork> prepare(models::Task task, Role role, const Loaded& loaded);
  Result<void> open_active(models::Task task);
  void open_shadow(models::Task task);
  Result<void> take_on(const Loaded& loaded, SteadyTime since);

  Result<Change> activate(models::Task task,
                          const Loaded& loaded,
                          SteadyTime asked,
                          bool is_return);
  Result<Change> shadow(models::Task task, const Loaded& loaded, SteadyTime asked);
  Result<void> shadow_off(models::Task task);
  Result<Change> decide(const AdapterRequest& request);

  void refuse(const std::string& name, const Error& error, models::Task task, std::string hash);
  void tell(std::string_view task,
            std::string_view action,
            const adapters::BundleRef& bundle,
            std::string reason);
  void publish();

  adapters::AdapterStore store_;
  const config::OnNewBundle on_new_;
  const Surroundings around_;

  AdapterBoard::InService in_service_;
  AdapterBoard board_;
};

}  // namespace geod
