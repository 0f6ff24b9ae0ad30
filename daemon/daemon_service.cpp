#include <chrono>
#include <string>

#include "daemon/daemon.hpp"
#include "daemon/daemon_parts.hpp"
#include "daemon/service_metrics.hpp"

namespace geod {
namespace {

using SteadyClock = std::chrono::steady_clock;

}  // namespace

/// What must be well for the daemon to be ready.
void Daemon::watch_health() {
  Parts& parts = *parts_;
  const auto ended = [](const Outcome& outcome) {
    return outcome.has_ended() ? std::string("has ended") : std::string();
  };
  parts.health.add(
      "ingest", stats_.io_beats, [&parts, ended] { return ended(parts.ingest_outcome); });
  parts.health.add(
      "inference", stats_.infer_beats, [&parts, ended] { return ended(parts.inference_outcome); });
  if (parts.association) {
    parts.health.add("association", stats_.assoc_beats, [&parts, ended] {
      return ended(parts.association_outcome);
    });
  }
  parts.health.add("database", stats_.sink_beats, [this, &parts, ended] {
    return stats_.storage_failing.load()
               ? std::string("refuses writes; what it refused is held and tried again")
               : ended(parts.sink_outcome);
  });
}

Result<void> Daemon::open_service() {
  Parts& parts = *parts_;
  if (!config_.service.enabled) {
    return {};
  }
  watch_health();
  parts.service_inventory.emplace(config_.catalog, parts.clock);
  parts.service_inventory->look(SteadyClock::now());
  service::StatusSource status;
  status.metrics = [this] {
    return daemon_metrics(stats_,
                          {window_queue_.weight(),
                           window_queue_.limit(),
                           fibre_queue_.weight(),
                           fibre_queue_.limit(),
                           pick_queue_.weight(),
                           pick_queue_.limit()},
                          config::database_path(config_));
  };
  status.checks = [&parts] { return parts.health.checks(SteadyClock::now()); };
  status.version = [] {
    return std::vector<std::pair<std::string, std::string>>{{"program", "geod"},
                                                            {"version", GEOD_VERSION}};
  };
  auto started = service::Service::start(
      config_.service,
      {config::database_path(config_),
       [&inventory = *parts.service_inventory] { return inventory.snapshot(); },
       std::move(status)});
  if (!started) {
    return tl::unexpected(started.error());
  }
  parts.service = std::move(*started);
  spdlog::info("msg=\"the service answers\" listen={} publish=\"{}\"",
               parts.service->address(),
               parts.service->publish_address());
  return {};
}

}  // namespace geod
