#include "catalog/event_hypothesis.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <set>

namespace geod::catalog {
namespace {

constexpr std::array<double, 12> kReaches_km{
    15, 25, 40, 60, 85, 120, 170, 240, 340, 500, 750, 1100};
constexpr double kPickedAtBest = 0.8;  ///< of the phases of an event right below a station
constexpr double kLeastWidth_km = 20.0;
constexpr double kRelativeWidth = 0.15;
/// A phase that surely should be there counts no more than this against an event: the station may
/// be out of order.
constexpr double kLeastMissing = 0.25;
constexpr double kLatest_s = 2.0;  ///< a phase is missing only so long after it was due
constexpr double kNoGain = -1e3;
constexpr double kLeastGain = -5.0;  ///< what one pick may count against an event
constexpr double kBin_km = 2.0;
constexpr std::size_t kBins = 1000;
constexpr double kOutlierBearing = 0.1;  ///< share of back-azimuths that tell nothing

double log_normal(double residual, double sigma) {
  const double standard = residual / sigma;
  return -0.5 * standard * standard - std::log(sigma * std::sqrt(2.0 * std::numbers::pi));
}

}  // namespace

EventModel::EventModel(std::vector<AssociationSite> sites,
                       const TravelTimes& travel_times,
                       const AssociationOptions& options)
    : sites_(std::move(sites)), locator_(travel_times, options.locator), options_(options) {
  for (const double reach_km : kReaches_km) {
    const double width_km = std::max(kRelativeWidth * reach_km, kLeastWidth_km);
    for (std::size_t bin = 0; bin < kBins; ++bin) {
      const double distance_km = (static_cast<double>(bin) + 0.5) * kBin_km;
      const double there =
          std::max(kPickedAtBest / (1.0 + std::exp((distance_km - reach_km) / width_km)), 1e-4);
      detections_.push_back({std::log(there), std::log(std::max(1.0 - there, kLeastMissing))});
    }
  }
  std::map<std::string, int> fibres;
  for (const AssociationSite& site : sites_) {
    const int index = static_cast<int>(points_.size());
    points_.push_back(surface_point(site.latitude_deg, site.longitude_deg));
    groups_.push_back(site.fibre_id.empty() ? index
                                            : fibres.emplace(site.fibre_id, index).first->second);
    stations_ += static_cast<int>(groups_.back() == index);
  }
}

EventModel::Due EventModel::due_at(const Hypothesis& hypothesis, int site, Phase phase) const {
  const auto s = static_cast<std::size_t>(site);
  const Way way = way_between(hypothesis.at.epicentre, points_[s]);
  const Arrival arrival = locator_.travel_times().first_arrival(
      phase, way.distance_km, hypothesis.at.depth_km, sites_[s].elevation_km);
  const std::array<double, 4> row{
      -arrival.dt_dx * way.east, -arrival.dt_dx * way.north, arrival.dt_dz, 1.0};
  double variance_s2 = std::pow(locator_.model_sigma_s(arrival.time_s), 2);
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = 0; j < 4; ++j) {
      variance_s2 += row[i] * hypothesis.covariance[i][j] * row[j];
    }
  }
  return {hypothesis.at.time_s + arrival.time_s, std::sqrt(variance_s2), way.distance_km};
}

EventModel::Detection EventModel::detection(double hypocentral_km, int reach) const {
  const auto bin = std::min(static_cast<std::size_t>(hypocentral_km / kBin_km), kBins - 1);
  return detections_[static_cast<std::size_t>(reach) * kBins + bin];
}

ClockError EventModel::clock_of(const Hypothesis& hypothesis, int site) const {
  if (!is_fibre(site)) {
    return {kTrueTime, 0.0, 0.0};
  }
  const int clock = group_of(site);
  const auto known = std::find_if(hypothesis.clocks.begin(),
                                  hypothesis.clocks.end(),
                                  [clock](const ClockError& each) { return each.clock == clock; });
  return known != hypothesis.clocks.end() ? *known
                                          : ClockError{clock, 0.0, options_.locator.clock_sigma_s};
}

double EventModel::gain_of(const Hypothesis& hypothesis, const SweepPick& pick) const {
  const Due due = due_at(hypothesis, pick.site, pick.phase);
  const ClockError clock = clock_of(hypothesis, pick.site);
  const double sigma_s = std::hypot(due.sigma_s, pick.sigma_s, clock.sigma_s);
  const double residual_s = pick.time_s - due.time_s - clock.late_s;
  if (std::abs(residual_s) > options_.gate_sigmas * sigma_s) {
    return kNoGain;
  }
  const Detection expected =
      detection(std::hypot(due.distance_km, hypothesis.at.depth_km), hypothesis.reach);
  double gain = expected.log_there - expected.log_missing + log_normal(residual_s, sigma_s) -
                pick.log_clutter + pick.log_odds;
  if (pick.back_azimuth_deg) {
    const Way back =
        way_between(points_[static_cast<std::size_t>(pick.site)], hypothesis.at.epicentre);
    const double off_deg = std::remainder(pick.back_azimuth_deg->value - back.azimuth_deg(), 360.0);
    const double likelihood = std::exp(log_normal(off_deg, pick.back_azimuth_deg->sigma));
    gain += std::log((1.0 - kOutlierBearing) * likelihood * 360.0 + kOutlierBearing);
  }
  return gain;
}

std::vector<double> EventModel::shares_of(const Hypothesis& hypothesis,
                                          const std::vector<SweepPick>& picks) const {
  std::map<std::pair<int, Phase>, int> of_fibre;
  for (const Hypothesis::Member& member : hypothesis.members) {
    const SweepPick& pick = picks[static_cast<std::size_t>(member.pick)];
    if (is_fibre(pick.site)) {
      ++of_fibre[{group_of(pick.site), pick.phase}];
    }
  }
  std::vector<double> shares(hypothesis.members.size(), 1.0);
  if (of_fibre.empty()) {
    return shares;
  }
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const SweepPick& pick = picks[static_cast<std::size_t>(hypothesis.members[i].pick)];
    if (is_fibre(pick.site)) {
      shares[i] = std::min(1.0, options_.fibre_votes / of_fibre[{group_of(pick.site), pick.phase}]);
    }
  }
  return shares;
}

std::vector<Observation> EventModel::observations_of(const Hypothesis& hypothesis,
                                                     const std::vector<SweepPick>& picks) const {
  const std::vector<double> shares = shares_of(hypothesis, picks);
  std::vector<Observation> observations;
  observations.reserve(hypothesis.members.size());
  for (std::size_t i = 0; i < hypothesis.members.size(); ++i) {
    const SweepPick& pick = picks[static_cast<std::size_t>(hypothesis.members[i].pick)];
    const auto site = static_cast<std::size_t>(pick.site);
    observations.push_back({points_[site],
                            sites_[site].elevation_km,
                            pick.phase,
                            pick.time_s,
                            pick.sigma_s,
                            shares[i],
                            is_fibre(pick.site) ? group_of(pick.site) : kTrueTime,
                            pick.back_azimuth_deg,
                            pick.distance_km});
  }
  return observations;
}

void EventModel::refine(Hypothesis& hypothesis,
                        const std::vector<SweepPick>& picks,
                        double now_s,
                        int steps) const {
  const Location location =
      locator_.refine(observations_of(hypothesis, picks), hypothesis.at, steps);
  hypothesis.at = location.at;
  hypothesis.covariance = location.covariance;
  hypothesis.clocks = location.clocks;
  rescore(hypothesis, picks, now_s);
}

void EventModel::rescore(Hypothesis& hypothesis,
                         const std::vector<SweepPick>& picks,
                         double now_s) const {
  // Of each station and phase: 1 it is there, 0 it is missing, -1 it is not due yet.
  struct Slot {
    double hypocentral_km;
    bool is_there;
  };
  std::vector<Slot> slots;
  slots.reserve(2 * sites_.size());
  std::vector<std::uint8_t> there(2 * sites_.size(), 0);
  for (const Hypothesis::Member& member : hypothesis.members) {
    const SweepPick& pick = picks[static_cast<std::size_t>(member.pick)];
    there[2 * static_cast<std::size_t>(pick.site) + static_cast<std::size_t>(pick.phase)] = 1;
  }
  constexpr double kFastest_km_s = 6.0;
  constexpr double kSlowerS = 1.75;
  for (std::size_t s = 0; s < sites_.size(); ++s) {
    const double flat_km = way_between(hypothesis.at.epicentre, points_[s]).distance_km;
    const double hypocentral_km = std::hypot(flat_km, hypothesis.at.depth_km);
    for (std::size_t phase = 0; phase < 2; ++phase) {
      const double due_s =
          hypothesis.at.time_s + hypocentral_km / kFastest_km_s * (phase == 0 ? 1.0 : kSlowerS);
      const bool is_there = there[2 * s + phase] != 0;
      if (is_there || (!is_fibre(static_cast<int>(s)) && due_s + kLatest_s < now_s)) {
        slots.push_back({hypocentral_km, is_there});
      }
    }
  }
  double best = -std::numeric_limits<double>::infinity();
  for (int reach = 0; reach < static_cast<int>(kReaches_km.size()); ++reach) {
    double value = 0.0;
    for (const Slot& slot : slots) {
      const Detection expected = detection(slot.hypocentral_km, reach);
      value += slot.is_there ? expected.log_there : expected.log_missing;
    }
    if (value > best) {
      best = value;
      hypothesis.reach = reach;
    }
  }
  const std::vector<double> shares = shares_of(hypothesis, picks);
  double score = -birth_cost();
  for (const Slot& slot : slots) {
    if (!slot.is_there) {
      score += detection(slot.hypocentral_km, hypothesis.reach).log_missing;
    }
  }
  for (std::size_t i = 0; i < hypothesis.members.size(); ++i) {
    Hypothesis::Member& member = hypothesis.members[i];
    const SweepPick& pick = picks[static_cast<std::size_t>(member.pick)];
    member.gain = gain_of(hypothesis, pick);
    const double hypocentral_km = std::hypot(
        way_between(hypothesis.at.epicentre, points_[static_cast<std::size_t>(pick.site)])
            .distance_km,
        hypothesis.at.depth_km);
    score += shares[i] * (std::max(member.gain, kLeastGain) +
                          detection(hypocentral_km, hypothesis.reach).log_missing);
  }
  hypothesis.score = score;
}

EventModel::Support EventModel::support_of(const Hypothesis& hypothesis,
                                           const std::vector<SweepPick>& picks) const {
  std::set<int> stations;
  std::set<std::pair<int, Phase>> phases;
  for (const Hypothesis::Member& member : hypothesis.members) {
    const SweepPick& pick = picks[static_cast<std::size_t>(member.pick)];
    stations.insert(group_of(pick.site));
    phases.insert({group_of(pick.site), pick.phase});
  }
  return {static_cast<int>(phases.size()), static_cast<int>(stations.size())};
}

bool EventModel::is_supported(const Hypothesis& hypothesis,
                              const std::vector<SweepPick>& picks) const {
  const Support support = support_of(hypothesis, picks);
  if (support.phases >= options_.least_phases && support.stations >= options_.least_stations) {
    return true;
  }
  if (!has_few_stations()) {
    return false;
  }
  return std::any_of(
      hypothesis.members.begin(), hypothesis.members.end(), [&](const Hypothesis::Member& member) {
        const SweepPick& p = picks[static_cast<std::size_t>(member.pick)];
        if (p.phase != Phase::kP || !p.back_azimuth_deg) {
          return false;
        }
        return p.distance_km.has_value() ||
               std::any_of(hypothesis.members.begin(),
                           hypothesis.members.end(),
                           [&](const Hypothesis::Member& other) {
                             const SweepPick& s = picks[static_cast<std::size_t>(other.pick)];
                             return s.phase == Phase::kS && s.site == p.site;
                           });
      });
}

bool EventModel::is_near(const Hypothesis& hypothesis) const {
  return std::any_of(points_.begin(), points_.end(), [&](const SurfacePoint& point) {
    return way_between(hypothesis.at.epicentre, point).distance_km <= options_.farthest_km;
  });
}

}  // namespace geod::catalog
