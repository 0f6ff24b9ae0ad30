#include "daemon/section_content.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "catalog/surface_point.hpp"
#include "catalog/travel_times.hpp"

namespace geod {
namespace {

constexpr double kAllStationsKm = 300.0;
constexpr double kLeastDistanceKm = 20.0;
constexpr double kBeyondLastPick = 1.2;
/// Of the time of S at the farthest trace, and in seconds, what is shown after it.
constexpr double kAfterS = 1.35;
constexpr double kLeastAfterS = 5.0;
constexpr double kBeforeShare = 0.08;
/// Read before what is shown, so that the filter has settled.
constexpr double kSettleS = 20.0;
constexpr double kCurveSteps = 200.0;
/// Where the depth of an event is not known.
constexpr double kAssumedDepthKm = 10.0;
constexpr double kDeepestKm = 300.0;

struct NearSite {
  const Site* site = nullptr;
  double distance_km = 0.0;
};

/// All stations within 2,000 km, the nearest first.
std::vector<NearSite> by_distance(const std::vector<Site>& sites, const MapPoint& epicentre) {
  constexpr double kFarthestKm = 2000.0;
  const auto from = catalog::surface_point(epicentre.latitude_deg, epicentre.longitude_deg);
  std::vector<NearSite> near;
  for (const Site& site : sites) {
    const auto at = catalog::surface_point(site.latitude_deg, site.longitude_deg);
    const double distance_km = catalog::way_between(from, at).distance_km;
    if (distance_km <= kFarthestKm) {
      near.push_back({&site, distance_km});
    }
  }
  std::sort(near.begin(), near.end(), [](const NearSite& a, const NearSite& b) {
    return std::tie(a.distance_km, a.site->id) < std::tie(b.distance_km, b.site->id);
  });
  return near;
}

/// The channels of the event's picks, as verticals.
std::set<SourceId> picked_verticals(const storage::StoredEvent& event) {
  std::set<SourceId> channels;
  for (const storage::StoredArrival& arrival : event.arrivals) {
    if (const auto* pick = std::get_if<storage::StoredPick>(&arrival.pick)) {
      const InstrumentId& id = pick->pick.instrument;
      channels.insert({id.network, id.station, id.location, id.band, id.source, "Z"});
    }
  }
  return channels;
}

/// Those that have picks first.
std::vector<SourceId> candidates(const Site& site, const std::set<SourceId>& picked) {
  std::vector<SourceId> channels;
  for (const SourceId& id : picked) {
    if (id.station_id() == site.id) {
      channels.push_back(id);
    }
  }
  for (const SourceId& id : site.verticals) {
    if (!picked.contains(id)) {
      channels.push_back(id);
    }
  }
  return channels;
}

double farthest_km(const std::vector<NearSite>& sites,
                   const std::map<StationId, std::vector<SectionPick>>& picks,
                   std::optional<double> asked_km) {
  if (asked_km) {
    return *asked_km;
  }
  double farthest = 0.0;
  for (const NearSite& near : sites) {
    farthest = picks.contains(near.site->id) ? near.distance_km : farthest;
  }
  return farthest > 0.0 ? std::max(kLeastDistanceKm, kBeyondLastPick * farthest) : kAllStationsKm;
}

Result<std::optional<SectionTrace>> read_trace(const SectionSources& sources,
                                               const NearSite& near,
                                               const std::set<SourceId>& picked,
                                               Time from,
                                               Time to) {
  for (const SourceId& channel : candidates(*near.site, picked)) {
    auto pieces = sources.waveforms.read(channel, from, to);
    if (!pieces) {
      return tl::unexpected(pieces.error());
    }
    if (pieces->empty()) {
      continue;
    }
    SectionTrace trace{channel.seed_id(), near.distance_km, {}, {}};
    for (Waveform& piece : *pieces) {
      trace.pieces.push_back(band_passed(std::move(piece), sources.band));
    }
    return trace;
  }
  return std::optional<SectionTrace>{};
}

Result<catalog::TravelTimes> travel_times(const SectionSources& sources,
                                          double distance_km,
                                          double depth_km) {
  constexpr int kThreads = 2;
  catalog::TravelTimeRange range;
  range.distance_max_km = std::clamp(distance_km, kLeastDistanceKm, 2000.0);
  range.depth_max_km = std::max(1.0, depth_km);
  return catalog::TravelTimes::make(sources.velocities, range, kThreads);
}

SectionCurve curve_of(const catalog::TravelTimes& times,
                      Phase phase,
                      double depth_km,
                      double distance_km) {
  SectionCurve curve{phase, {}};
  for (double step = 0.0; step <= kCurveSteps; step += 1.0) {
    const double x_km = distance_km * step / kCurveSteps;
    curve.points.push_back({x_km, times.first_arrival(phase, x_km, depth_km).time_s});
  }
  return curve;
}

}  // namespace

std::map<StationId, std::vector<SectionPick>> section_picks(const storage::StoredEvent& event) {
  std::map<StationId, std::vector<SectionPick>> picks;
  if (!event.reviewed.empty() && !event.reviewed.front().arrivals.empty()) {
    for (const ReviewedArrival& arrival : event.reviewed.front().arrivals) {
      const bool is_p = arrival.phase_hint.starts_with('P');
      if (is_p || arrival.phase_hint.starts_with('S')) {
        picks[arrival.channel.station_id()].push_back(
            {is_p ? Phase::kP : Phase::kS, arrival.time, true});
      }
    }
    return picks;
  }
  for (const storage::StoredArrival& arrival : event.arrivals) {
    if (const auto* pick = std::get_if<storage::StoredPick>(&arrival.pick)) {
      picks[pick->pick.instrument.station_id()].push_back(
          {arrival.arrival.phase, pick->pick.time, false});
    }
  }
  return picks;
}

Result<EventSection> section_of(const SectionSources& sources) {
  EventSection section;
  section.event = drawn_event(sources.event);
  const auto picks = section_picks(sources.event);
  const auto near = by_distance(sources.sites, section.event.epicentre);
  const double reach_km = farthest_km(near, picks, sources.max_distance_km);
  const double depth_km =
      std::clamp(section.event.depth_km.value_or(kAssumedDepthKm), 0.0, kDeepestKm);

  // A little farther than the farthest trace, as the picture has a margin there.
  const double curve_km = 1.1 * reach_km + 5.0;
  const auto times = travel_times(sources, curve_km, depth_km);
  if (!times) {
    return tl::unexpected(times.error());
  }
  section.curves = {curve_of(*times, Phase::kP, depth_km, curve_km),
                    curve_of(*times, Phase::kS, depth_km, curve_km)};
  section.curves_of = fmt::format("{} for {:.1f} km", sources.velocities.name, depth_km);
  section.filter = in_words(sources.band);

  const double last_s = times->first_arrival(Phase::kS, reach_km, depth_km).time_s;
  section.after_s = sources.seconds.value_or(kAfterS * last_s + kLeastAfterS);
  section.before_s = std::max(1.0, kBeforeShare * section.after_s);
  const Time from = section.event.time - duration_from_seconds(section.before_s + kSettleS);
  const Time to = section.event.time + duration_from_seconds(section.after_s);
  const auto picked = picked_verticals(sources.event);
  for (const NearSite& station : near) {
    if (station.distance_km > reach_km) {
      break;
    }
    auto trace = read_trace(sources, station, picked, from, to);
    if (!trace) {
      return tl::unexpected(trace.error());
    }
    if (*trace) {
      if (const auto found = picks.find(station.site->id); found != picks.end()) {
        (*trace)->picks = found->second;
      }
      section.traces.push_back(std::move(**trace));
    }
  }
  section.traces = spread_out(std::move(section.traces));
  return section;
}

}  // namespace geod
