#include "bench/association_run.hpp"

#include <cstdlib>
#include <map>

#include <fmt/format.h>

#include "bench/measure.hpp"

namespace geod::bench {

const catalog::TravelTimes& suite_travel_times() {
  static const catalog::TravelTimes kTables = [] {
    const GradientModel truth;
    constexpr double kBottom_km = 60.0;
    const catalog::VelocityModel model{
        "suite",
        {{0.0, truth.velocity_km_s(Phase::kP, 0.0), truth.velocity_km_s(Phase::kS, 0.0)},
         {kBottom_km,
          truth.velocity_km_s(Phase::kP, kBottom_km),
          truth.velocity_km_s(Phase::kS, kBottom_km)}}};
    auto tables = catalog::TravelTimes::make(model, {450.0, kBottom_km, 0.0, 0.0}, 1);
    if (!tables) {
      give_up(tables.error().what);
    }
    return *std::move(tables);
  }();
  return kTables;
}

std::vector<catalog::AssociationSite> sites_of(const Scenario& scenario) {
  std::vector<catalog::AssociationSite> sites;
  for (const SuiteStation& station : scenario.stations) {
    sites.push_back(
        {station.code, station.latitude_deg, station.longitude_deg, 0.0, station.fibre_id});
  }
  return sites;
}

catalog::AssociationPick association_pick(const Scenario& scenario, std::size_t index) {
  const SuitePick& pick = scenario.picks[index];
  return {fmt::format("{:08}", index),
          scenario.stations[static_cast<std::size_t>(pick.station)].code,
          pick.phase,
          Time{duration_from_seconds(pick.time_s)},
          pick.uncertainty_s,
          pick.probability,
          std::nullopt,
          std::nullopt};
}

FoundEvent found_event(const EventVersion& event) {
  FoundEvent found;
  found.time_s = to_seconds(event.origin.time.time_since_epoch());
  found.latitude_deg = event.origin.latitude_deg;
  found.longitude_deg = event.origin.longitude_deg;
  found.depth_km = event.origin.depth_km;
  found.variance_east_km2 = event.origin.covariance_east_km2;
  found.variance_north_km2 = event.origin.covariance_north_km2;
  found.covariance_km2 = event.origin.covariance_east_north_km2;
  for (const OriginArrival& arrival : event.arrivals) {
    found.picks.push_back(std::atoi(arrival.pick_id.c_str()));
  }
  return found;
}

AssociationRun associate(const Scenario& scenario,
                         const catalog::AssociationOptions& options,
                         double chunk_s) {
  auto associator = catalog::Associator::make(sites_of(scenario), suite_travel_times(), options);
  if (!associator) {
    give_up(associator.error().what);
  }
  std::map<std::string, EventVersion> standing;
  const auto keep = [&standing](const std::vector<EventChange>& changes) {
    for (const EventChange& change : changes) {
      standing[change.event.event_id] = change.event;
    }
  };
  AssociationRun run;
  std::vector<catalog::AssociationPick> chunk;
  for (std::size_t next = 0; next < scenario.picks.size();) {
    const double until_s = scenario.picks[next].time_s + chunk_s;
    chunk.clear();
    for (; next < scenario.picks.size() && scenario.picks[next].time_s < until_s; ++next) {
      chunk.push_back(association_pick(scenario, next));
    }
    const Stopwatch watch;
    keep((*associator)->push(chunk).changes);
    run.cpu_s += watch.cpu_s();
    run.chunk_s.push_back(watch.wall_s());
  }
  keep((*associator)->advance(Time{duration_from_seconds(scenario.duration_s + 3600.0)}));
  for (const auto& [id, event] : standing) {
    if (event.status != EventStatus::kWithdrawn) {
      run.found.push_back(found_event(event));
    }
  }
  return run;
}

}  // namespace geod::bench
