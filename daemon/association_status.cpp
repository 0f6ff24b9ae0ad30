#include <nlohmann/json.hpp>

#include "daemon/association_worker.hpp"
#include "daemon/status_json.hpp"

namespace geod {

void AssociationWorker::publish_status() {
  const auto complete_until = horizon_.time();
  nlohmann::json sites{
      {"state",
       !fault_.empty() ? "off"
       : associator_   ? "running"
                       : "starting"},
      {"reason", fault_},
      {"sites", in_force_.size()},
      {"stations_without_coordinates", sites_.stations_without_place(heard_since())},
      {"fibres_without_coordinates", sites_.fibres_without_place(heard_since())},
      {"inventory_channels", places_.places()->inventory.channels().size()},
      {"inventory_stations", places_.places()->inventory.stations().size()},
      {"inventory_faults", places_.faults()},
      {"complete_until", complete_until ? to_iso(*complete_until, 3) : "none"},
      {"overruns", links_.committed.overruns()}};
  // What is wrong with a file is told in its own words, in whatever encoding they are.
  links_.stats.association.set_sites_json(
      sites.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  links_.stats.association.unplaced.store(picks_.without_place(), std::memory_order_relaxed);
}

std::string association_to_json(const DaemonStats& stats) {
  const AssociationStats& counts = stats.association;
  nlohmann::json json = nlohmann::json::parse(counts.sites_json());
  json.update({{"events", counts.events.load()},
               {"versions", counts.versions.load()},
               {"versions_stored", counts.versions_stored.load()},
               {"versions_refused", counts.versions_refused.load()},
               {"finished", counts.finished.load()},
               {"withdrawn", counts.withdrawn.load()},
               {"live_picks", counts.live_picks.load()},
               {"picks_too_late", counts.too_late.load()},
               {"picks_of_unknown_site", counts.unknown_site.load()},
               {"picks_not_finite", counts.not_finite.load()},
               {"picks_without_coordinates", counts.unplaced.load()},
               {"starts", counts.starts.load()},
               {"inventory_reloads", counts.inventory_reloads.load()},
               {"inventory_errors", counts.inventory_errors.load()},
               {"push_p50_s", counts.push.quantile_s(0.5)},
               {"push_p99_s", counts.push.quantile_s(0.99)},
               {"magnitudes_p50_s", counts.magnitudes.quantile_s(0.5)},
               {"magnitudes_p99_s", counts.magnitudes.quantile_s(0.99)},
               {"latency_count", counts.latency.count()},
               {"latency_p50_s", counts.latency.quantile_s(0.5)},
               {"latency_p99_s", counts.latency.quantile_s(0.99)},
               {"delay_count", counts.delay.count()},
               {"delay_p50_s", counts.delay.quantile_s(0.5)},
               {"delay_p99_s", counts.delay.quantile_s(0.99)}});
  return json.dump();
}

}  // namespace geod
