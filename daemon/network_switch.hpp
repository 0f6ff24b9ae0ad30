#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <stop_token>
#include <utility>

#include "core/bounded_queue.hpp"
#include "daemon/adapter_networks.hpp"
#include "daemon/mailbox.hpp"
#include "daemon/wake_fd.hpp"
#include "daemon/work_items.hpp"
#include "models/engine.hpp"

namespace geod {

/// The engines of all tasks and roles, and the way by which geod-infer is given other networks.
/// An engine that was opened stays until geod-infer has ended.
class NetworkSwitch final : public AdapterNetworks {
 public:
  /// `options` and `base`: of the base model. The queue is geod-infer's, woken after an order;
  /// `wake` is woken after the answer. Both outlive this.
  NetworkSwitch(models::ComputeModule compute,
                models::EngineOptions options,
                models::Manifest base,
                BoundedQueue<StreamItem>& windows,
                WakeFd& wake);

  /// From here on put_in_service() waits for geod-infer; before, networks are only noted, for it to
  /// find when it starts. A request of `stop` ends every wait.
  void geod_infer_runs(std::stop_token stop);

  Result<ReadyNetwork> prepare(models::Task task, Role role, const Overlay& overlay) override;
  Result<InService> put_in_service(ReadyNetwork network) override;
  Result<void> end(models::Task task, Role role) override;

  /// Null when none was opened.
  models::Engine* engine(models::Task task, Role role) const;

  /// For geod-infer.
  Mailbox<NetworkOrder>& orders() { return orders_; }
  void order_was_done(NetworkTakenUp done);

 private:
  Result<void> check_grid(models::Task task, const Overlay& overlay) const;
  Result<InService> carry_out(NetworkOrder order);

  const models::ComputeModule compute_;
  const models::EngineOptions options_;
  const models::Manifest base_;
  BoundedQueue<StreamItem>& windows_;
  WakeFd& wake_;

  std::map<std::pair<models::Task, Role>, std::unique_ptr<models::Engine>> engines_;
  bool geod_infer_runs_ = false;
  std::stop_token stop_;
  std::uint64_t orders_given_ = 0;

  Mailbox<NetworkOrder> orders_;
  Mailbox<NetworkTakenUp> done_;
};

}  // namespace geod
