#include "daemon/network_switch.hpp"

#include <string>

#include <poll.h>

namespace geod {

template <class Host>
NetworkSwitch<Host>::NetworkSwitch(Surroundings around) : around_(std::move(around)) {}

template <class Host>
void NetworkSwitch<Host>::worker_runs(std::stop_token stop) {
  worker_runs_ = true;
  stop_ = std::move(stop);
}

template <class Host>
Host* NetworkSwitch<Host>::engine(models::Task task, Role role) const {
  const auto found = engines_.find({task, role});
  return found == engines_.end() ? nullptr : found->second.get();
}

template <class Host>
Result<ReadyNetwork> NetworkSwitch<Host>::prepare(models::Task task,
                                                  Role role,
                                                  const Overlay& overlay) {
  if (const Host* first = engine(task, Role::kActive)) {
    const models::Manifest& next = overlay ? overlay->manifest : around_.base;
    if (auto fits = around_.check_grid(first->manifest(), next); !fits) {
      return tl::unexpected(fits.error());
    }
  }
  ReadyNetwork ready;
  ready.task = task;
  ready.role = role;
  if (const Host* there = engine(task, role)) {
    auto network = there->prepare(overlay);
    if (!network) {
      return tl::unexpected(network.error());
    }
    ready.network = std::move(*network);
    return ready;
  }
  models::EngineOptions options = around_.options;
  options.overlay = overlay;
  options.task = task;
  options.beside = engines_.empty() ? nullptr : engines_.begin()->second.get();
  auto opened = around_.open(options);
  if (!opened) {
    return tl::unexpected(opened.error());
  }
  ready.opened = std::move(*opened);
  return ready;
}

template <class Host>
Result<AdapterNetworks::InService> NetworkSwitch<Host>::put_in_service(ReadyNetwork network) {
  if (network.opened) {
    // What prepare() of this switch opened.
    engines_[{network.task, network.role}].reset(static_cast<Host*>(network.opened.release()));
  }
  if (!worker_runs_ && network.task == around_.made_with && network.role == Role::kActive) {
    return InService{};
  }
  NetworkOrder<Host> order;
  order.task = network.task;
  order.role = network.role;
  order.engine = engine(network.task, network.role);
  order.network = std::move(network.network);
  return carry_out(std::move(order));
}

template <class Host>
Result<void> NetworkSwitch<Host>::end(models::Task task, Role role) {
  NetworkOrder<Host> order;
  order.task = task;
  order.role = role;
  if (const auto done = carry_out(std::move(order)); !done) {
    return tl::unexpected(done.error());
  }
  return {};
}

/// The network that served before is freed here, in geod-adapt.
template <class Host>
Result<AdapterNetworks::InService> NetworkSwitch<Host>::carry_out(NetworkOrder<Host> order) {
  const std::uint64_t number = ++orders_given_;
  order.number = number;
  orders_.post(std::move(order));
  around_.wake_worker();
  if (!worker_runs_) {
    return InService{};
  }
  const std::stop_callback wake_on_stop(stop_, [this] { around_.wake.wake(); });
  while (!stop_.stop_requested()) {
    for (const NetworkTakenUp& done : done_.take()) {
      if (done.number == number) {
        return InService{done.at, done.pause};
      }
    }
    pollfd wanted{around_.wake.fd(), POLLIN, 0};
    ::poll(&wanted, 1, -1);
    around_.wake.clear();
  }
  return fail(Errc::kCancelled, "geod stops");
}

template <class Host>
void NetworkSwitch<Host>::order_was_done(NetworkTakenUp done) {
  done_.post(std::move(done));
  around_.wake.wake();
}

template class NetworkSwitch<models::Engine>;
template class NetworkSwitch<models::SegmentationEngine>;
template class NetworkSwitch<models::InversionEngine>;

Result<void> check_window_grid(const models::Manifest& first, const models::Manifest& next) {
  if (first.task != models::Task::kDpk) {
    return {};
  }
  const models::PickSettings& now = first.picks;
  const models::PickSettings& then = next.picks;
  if (then.hop_samples != now.hop_samples || then.min_distance_s != now.min_distance_s) {
    return fail(
        Errc::kModelMismatch,
        "hop_samples {} and min_distance_s {} are not those of the running daemon ({}, {}): "
        "stop it, activate, and start it again",
        then.hop_samples,
        then.min_distance_s,
        now.hop_samples,
        now.min_distance_s);
  }
  return {};
}

namespace {

/// What decides how a fibre is conditioned and cut.
std::string tile_grid(const models::Manifest& manifest) {
  const models::DasSettings& das = manifest.segments.das;
  return fmt::format(
      "{} x {} at {} Hz and {} m, hops {} and {}, band {} to {}, {} sigmas, {} classes",
      manifest.segmenter.rows,
      manifest.segmenter.columns,
      das.sampling_rate_hz,
      das.channel_spacing_m,
      das.row_hop,
      das.column_hop,
      das.band_low,
      das.band_high,
      das.clip_sigmas,
      manifest.segmenter.classes);
}

}  // namespace

Result<void> check_tile_grid(const models::Manifest& first, const models::Manifest& next) {
  if (first.task != models::Task::kDas || tile_grid(first) == tile_grid(next)) {
    return {};
  }
  return fail(Errc::kModelMismatch,
              "its tiles ({}) are not those of the running daemon ({}): stop it, activate, and "
              "start it again",
              tile_grid(next),
              tile_grid(first));
}

}  // namespace geod
