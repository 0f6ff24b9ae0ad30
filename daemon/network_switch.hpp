#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>

#include "daemon/adapter_networks.hpp"
#include "daemon/mailbox.hpp"
#include "daemon/wake_fd.hpp"
#include "models/engine.hpp"
#include "models/inversion.hpp"
#include "models/segmentation.hpp"

namespace geod {

/// The engines of all tasks and roles of one base model, and the way by which the thread that
/// scores is given other networks. An engine that was opened stays until that thread has ended.
/// Host: models::Engine (geod-infer), SegmentationEngine (geod-segment) or InversionEngine
/// (geod-invert).
template <class Host>
class NetworkSwitch final : public AdapterNetworks {
 public:
  /// What it acts through; all outlives it.
  struct Surroundings {
    std::function<Result<std::unique_ptr<Host>>(const models::EngineOptions&)> open;
    models::EngineOptions options;  ///< of the base model, as the next
    models::Manifest base;
    /// Whether `next` may serve `task` after the first network that did: what was laid out for that
    /// one (windows, tiles) stays. kModelMismatch.
    std::function<Result<void>(const models::Manifest& first, const models::Manifest& next)>
        check_grid;
    /// The thread that scores is made with this task's active network, and needs no order for it.
    std::optional<models::Task> made_with;
    std::function<void()> wake_worker;  ///< after an order
    WakeFd& wake;                       ///< is woken after the answer
  };

  explicit NetworkSwitch(Surroundings around);

  /// From here on put_in_service() waits for the thread that scores; before, networks are only
  /// noted, for it to find when it starts. A request of `stop` ends every wait.
  void worker_runs(std::stop_token stop);

  Result<ReadyNetwork> prepare(models::Task task, Role role, const Overlay& overlay) override;
  Result<InService> put_in_service(ReadyNetwork network) override;
  Result<void> end(models::Task task, Role role) override;

  /// Null when none was opened.
  Host* engine(models::Task task, Role role) const;

  /// For the thread that scores.
  Mailbox<NetworkOrder<Host>>& orders() { return orders_; }
  void order_was_done(NetworkTakenUp done);

 private:
  Result<InService> carry_out(NetworkOrder<Host> order);

  const Surroundings around_;
  std::map<std::pair<models::Task, Role>, std::unique_ptr<Host>> engines_;
  bool worker_runs_ = false;
  std::stop_token stop_;
  std::uint64_t orders_given_ = 0;

  Mailbox<NetworkOrder<Host>> orders_;
  Mailbox<NetworkTakenUp> done_;
};

extern template class NetworkSwitch<models::Engine>;
extern template class NetworkSwitch<models::SegmentationEngine>;
extern template class NetworkSwitch<models::InversionEngine>;
using PickerSwitch = NetworkSwitch<models::Engine>;
using SegmenterSwitch = NetworkSwitch<models::SegmentationEngine>;
using InverterSwitch = NetworkSwitch<models::InversionEngine>;

/// For `check_grid`. Windows are cut, and the store tells picks apart, as the first network for dpk
/// asked for.
Result<void> check_window_grid(const models::Manifest& first, const models::Manifest& next);
/// Fibres are cut into tiles as the first network for das asked for.
Result<void> check_tile_grid(const models::Manifest& first, const models::Manifest& next);

}  // namespace geod
