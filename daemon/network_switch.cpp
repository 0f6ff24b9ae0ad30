#include "daemon/network_switch.hpp"

#include <poll.h>

namespace geod {

NetworkSwitch::NetworkSwitch(models::ComputeModule compute,
                             models::EngineOptions options,
                             models::Manifest base,
                             BoundedQueue<StreamItem>& windows,
                             WakeFd& wake)
    : compute_(compute),
      options_(std::move(options)),
      base_(std::move(base)),
      windows_(windows),
      wake_(wake) {}

void NetworkSwitch::geod_infer_runs(std::stop_token stop) {
  geod_infer_runs_ = true;
  stop_ = std::move(stop);
}

models::Engine* NetworkSwitch::engine(models::Task task, Role role) const {
  const auto found = engines_.find({task, role});
  return found == engines_.end() ? nullptr : found->second.get();
}

/// Windows are cut, and the store tells picks apart, as the first network for dpk asked for.
Result<void> NetworkSwitch::check_grid(models::Task task, const Overlay& overlay) const {
  const models::Engine* first = engine(models::Task::kDpk, Role::kActive);
  if (task != models::Task::kDpk || first == nullptr) {
    return {};
  }
  const models::PickSettings& now = first->manifest().picks;
  const models::PickSettings& next = (overlay ? overlay->manifest : base_).picks;
  if (next.hop_samples != now.hop_samples || next.min_distance_s != now.min_distance_s) {
    return fail(
        Errc::kModelMismatch,
        "hop_samples {} and min_distance_s {} are not those of the running daemon ({}, {}): "
        "stop it, activate, and start it again",
        next.hop_samples,
        next.min_distance_s,
        now.hop_samples,
        now.min_distance_s);
  }
  return {};
}

Result<ReadyNetwork> NetworkSwitch::prepare(models::Task task, Role role, const Overlay& overlay) {
  if (auto fits = check_grid(task, overlay); !fits) {
    return tl::unexpected(fits.error());
  }
  ReadyNetwork ready;
  ready.task = task;
  ready.role = role;
  ready.engine = engine(task, role);
  if (ready.engine != nullptr) {
    auto network = ready.engine->prepare(overlay);
    if (!network) {
      return tl::unexpected(network.error());
    }
    ready.network = std::move(*network);
    return ready;
  }
  models::EngineOptions options = options_;
  options.overlay = overlay;
  options.task = task;
  options.beside = engine(models::Task::kDpk, Role::kActive);
  auto opened = compute_.open_engine(options);
  if (!opened) {
    return tl::unexpected(opened.error());
  }
  ready.opened = std::move(*opened);
  return ready;
}

Result<AdapterNetworks::InService> NetworkSwitch::put_in_service(ReadyNetwork network) {
  if (network.opened) {
    network.engine = network.opened.get();
    engines_[{network.task, network.role}] = std::move(network.opened);
  }
  if (!geod_infer_runs_ && network.task == models::Task::kDpk && network.role == Role::kActive) {
    return InService{};  // geod-infer is made with it
  }
  NetworkOrder order;
  order.task = network.task;
  order.role = network.role;
  order.engine = network.engine;
  order.network = std::move(network.network);
  return carry_out(std::move(order));
}

Result<void> NetworkSwitch::end(models::Task task, Role role) {
  NetworkOrder order;
  order.task = task;
  order.role = role;
  if (const auto done = carry_out(std::move(order)); !done) {
    return tl::unexpected(done.error());
  }
  return {};
}

/// The network that served before is freed here, in geod-adapt.
Result<AdapterNetworks::InService> NetworkSwitch::carry_out(NetworkOrder order) {
  const std::uint64_t number = ++orders_given_;
  order.number = number;
  orders_.post(std::move(order));
  windows_.wake();
  if (!geod_infer_runs_) {
    return InService{};
  }
  const std::stop_callback wake_on_stop(stop_, [this] { wake_.wake(); });
  while (!stop_.stop_requested()) {
    for (const NetworkTakenUp& done : done_.take()) {
      if (done.number == number) {
        return InService{done.at, done.pause};
      }
    }
    pollfd wanted{wake_.fd(), POLLIN, 0};
    ::poll(&wanted, 1, -1);
    wake_.clear();
  }
  return fail(Errc::kCancelled, "geod stops");
}

void NetworkSwitch::order_was_done(NetworkTakenUp done) {
  done_.post(std::move(done));
  wake_.wake();
}

}  // namespace geod
