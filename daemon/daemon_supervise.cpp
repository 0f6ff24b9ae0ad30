#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <poll.h>

#include "core/log.hpp"
#include "daemon/daemon.hpp"
#include "daemon/daemon_parts.hpp"

namespace geod {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr auto kSupervisorTick = 200ms;

}  // namespace

void Daemon::supervise() {
  Parts& parts = *parts_;
  while (!parts.workers_ended() && !parts.first_error()) {
    wait_for_work();
    while (const auto signal = parts.signals.next()) {
      if (*signal != SIGHUP) {
        parts.stop_reason = *signal == SIGTERM ? "signal SIGTERM" : "signal SIGINT";
        return;
      }
      reload();
    }
    pet_watchdog();
    if (parts.ingest_outcome.has_ended()) {
      return;
    }
  }
}

Result<void> Daemon::shut_down() {
  Parts& parts = *parts_;
  parts.notify.stopping();
  parts.notify.status(parts.stop_reason);
  spdlog::info("msg=\"stopping\" reason=\"{}\" windows_waiting={} rows_waiting={}",
               parts.stop_reason,
               window_queue_.size(),
               pick_queue_.size());
  parts.adapt_thread.request_stop();
  parts.ingest_thread.request_stop();
  parts.inversion_thread.request_stop();
  for (const auto& source : parts.sources) {
    source->wake();
  }
  // After an orderly end of all sources the rest is worked off however long it takes; a stop that
  // somebody asked for, or a failure, has a deadline.
  // What fibres have waiting may take longer than that: half of the time is theirs, and what is
  // left then is told as not looked at.
  bool is_urgent = parts.stop_reason != kSourcesEnded || parts.first_error().has_value();
  auto deadline = SteadyClock::now() + config_.daemon.stop_deadline;
  const auto hurry = [&] {
    parts.association_thread.request_stop();
    if (parts.segmentation) {
      parts.segmentation->give_up_at(SteadyClock::now() + config_.daemon.stop_deadline / 2);
    }
  };
  if (is_urgent) {
    hurry();
  }
  while (!parts.workers_ended()) {
    wait_for_work();
    while (const auto signal = parts.signals.next()) {
      if (*signal == SIGHUP) {
        continue;
      }
      if (is_urgent) {
        exit_at_once("second signal");
      }
      is_urgent = true;
      parts.stop_reason = "signal while draining";
      deadline = SteadyClock::now() + config_.daemon.stop_deadline;
      hurry();
    }
    pet_watchdog();
    if (is_urgent && SteadyClock::now() >= deadline) {
      exit_at_once("daemon.stop_deadline passed");
    }
    if (parts.first_error()) {
      parts.sink_thread.request_stop();
    }
  }
  parts.ingest_thread.join();
  parts.inference_thread.join();
  if (parts.segmentation) {
    parts.segmentation_thread.join();
  }
  if (parts.inversion) {
    parts.inversion_thread.join();
  }
  if (parts.association) {
    parts.association_thread.join();
  }
  parts.sink_thread.join();
  if (parts.keeper) {
    parts.archive_thread.join();
  }
  parts.adapt_thread.join();
  if (parts.service) {  // last: it told what was committed while the others drained
    parts.service->stop();
  }
  if (const auto error = parts.first_error()) {
    return tl::unexpected(*error);
  }
  return {};
}

void Daemon::exit_at_once(std::string_view why) {
  spdlog::error("msg=\"{}: stopping at once\" windows_lost={} rows_lost={}",
                why,
                window_queue_.size(),
                pick_queue_.size());
  std::_Exit(1);
}

void Daemon::wait_for_work() {
  Parts& parts = *parts_;
  pollfd wanted[5] = {{parts.signals.fd(), POLLIN, 0},
                      {parts.control->fd(), POLLIN, 0},
                      {parts.adapter_loader->replies_fd(), POLLIN, 0},
                      {parts.segmentation ? parts.segmentation->replies_fd() : -1, POLLIN, 0},
                      {parts.inversion ? parts.inversion->replies_fd() : -1, POLLIN, 0}};
  ::poll(wanted, 5, static_cast<int>(kSupervisorTick.count()));
  for (const AdapterLoader::Reply& reply : parts.adapter_loader->take_replies()) {
    parts.control->answer(reply.client, reply.text);
  }
  if (parts.segmentation) {
    for (const SegmentationWorker::Reply& reply : parts.segmentation->take_replies()) {
      parts.control->answer(reply.client, reply.message);
    }
  }
  if (parts.inversion) {
    for (const InversionWorker::Reply& reply : parts.inversion->take_replies()) {
      parts.control->answer(reply.client, reply.message);
    }
  }
  parts.control->serve_pending();
  if (parts.service_inventory) {
    parts.service_inventory->look(SteadyClock::now());
  }
}

void Daemon::reload() {
  if (parts_->receiver == nullptr) {
    return;
  }
  parts_->notify.reloading();
  if (const auto reloaded = parts_->receiver->reload_allow_list(); !reloaded) {
    spdlog::error("msg=\"allow list not reloaded, the old one stays\" reason=\"{}\"",
                  reloaded.error().what);
  } else {
    spdlog::info("msg=\"allow list reloaded\"");
  }
  parts_->notify.ready();
}

void Daemon::pet_watchdog() {
  const auto now = SteadyClock::now();
  if (!parts_->watchdog) {
    return;
  }
  if (parts_->watchdog->is_due(now)) {
    parts_->notify.watchdog();
    parts_->notify.status(fmt::format("{} windows scored, {} picks stored, {} windows waiting",
                                      stats_.windows_scored.load(),
                                      stats_.picks_stored.load(),
                                      window_queue_.size()));
  } else if (const std::string late = parts_->watchdog->late_workers(now); !late.empty()) {
    spdlog::error("msg=\"workers stand still, the watchdog will bite\" workers=\"{}\"", late);
  }
}

}  // namespace geod
