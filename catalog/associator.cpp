#include "catalog/associator.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace geod::catalog {
namespace {

constexpr double kSnapshotEvery_s = 5.0;
constexpr double kMostLogOdds = 2.0;  ///< calibration is not trusted farther than this
/// A rate is never taken for less than this many picks in the window that it is counted over.
constexpr double kLeastClutter = 0.5;
constexpr double kNever_s = -std::numeric_limits<double>::infinity();

double seconds_of(Time time) {
  return to_seconds(time.time_since_epoch());
}

Time time_of(double seconds) {
  return Time{duration_from_seconds(seconds)};
}

double log_odds_of(double probability) {
  const double inside = std::clamp(probability, 1e-3, 1.0 - 1e-3);
  return std::clamp(std::log(inside / (1.0 - inside)), -kMostLogOdds, kMostLogOdds);
}

}  // namespace

Associator::Associator(std::vector<AssociationSite> sites,
                       const TravelTimes& travel_times,
                       const AssociationOptions& options)
    : options_(options),
      model_(std::move(sites), travel_times, options),
      grid_(model_),
      arrived_s_(2 * model_.sites().size()),
      sweep_(model_, grid_, picks_),
      newest_s_(kNever_s),
      awaited_s_(kNever_s) {
  for (std::size_t i = 0; i < model_.sites().size(); ++i) {
    site_of_key_.emplace(model_.sites()[i].key, static_cast<int>(i));
  }
}

Result<std::unique_ptr<Associator>> Associator::make(std::vector<AssociationSite> sites,
                                                     const TravelTimes& travel_times,
                                                     const AssociationOptions& options) {
  std::map<std::string_view, int> seen;
  for (const AssociationSite& site : sites) {
    if (!(std::abs(site.latitude_deg) <= 90.0) || !(std::abs(site.longitude_deg) <= 360.0) ||
        !std::isfinite(site.elevation_km)) {
      return fail(Errc::kConfig,
                  "{}: latitude {} and longitude {} are no place on earth; correct the inventory",
                  site.key,
                  site.latitude_deg,
                  site.longitude_deg);
    }
    if (++seen[site.key] > 1) {
      return fail(Errc::kConfig, "{}: this site is given twice; remove one", site.key);
    }
  }
  return std::unique_ptr<Associator>(new Associator(std::move(sites), travel_times, options));
}

bool Associator::is_usable(const AssociationPick& pick, Refused& refused) const {
  const auto is_measured = [](const std::optional<Measured>& value) {
    return !value ||
           (std::isfinite(value->value) && value->sigma > 0.0 && std::isfinite(value->sigma));
  };
  if (!(pick.uncertainty_s > 0.0) || !std::isfinite(pick.uncertainty_s) ||
      !std::isfinite(pick.probability) || !is_measured(pick.back_azimuth_deg) ||
      !is_measured(pick.distance_km)) {
    ++refused.not_finite;
    return false;
  }
  if (!site_of_key_.contains(pick.site)) {
    ++refused.unknown_site;
    return false;
  }
  if (arrival_s(pick) < newest_s_ - options_.reopen_s) {
    ++refused.too_late;
    return false;
  }
  return true;
}

/// Of a pick of a known site: its time without the delay of the site.
double Associator::arrival_s(const AssociationPick& pick) const {
  const int index = site_of_key_.find(pick.site)->second;
  const AssociationSite& site = model_.sites()[static_cast<std::size_t>(index)];
  return seconds_of(pick.time) - (pick.phase == Phase::kP ? site.p_delay_s : site.s_delay_s);
}

double Associator::insert(const AssociationPick& pick) {
  SweepPick taken;
  taken.pick_id = pick.pick_id;
  taken.site = site_of_key_.find(pick.site)->second;
  taken.phase = pick.phase;
  taken.time_s = arrival_s(pick);
  taken.sigma_s = pick.uncertainty_s;
  taken.log_odds = log_odds_of(pick.probability);
  taken.back_azimuth_deg = pick.back_azimuth_deg;
  taken.distance_km = pick.distance_km;
  double changed_s = taken.time_s;
  const auto known = index_of_id_.find(pick.pick_id);
  if (known != index_of_id_.end()) {
    const SweepPick& before = picks_[static_cast<std::size_t>(known->second)];
    if (before.site == taken.site && before.phase == taken.phase && before.time_s == taken.time_s &&
        before.sigma_s == taken.sigma_s && before.log_odds == taken.log_odds &&
        before.back_azimuth_deg == taken.back_azimuth_deg &&
        before.distance_km == taken.distance_km) {
      return std::numeric_limits<double>::infinity();
    }
    changed_s = std::min(changed_s, before.time_s);
    erase(known->second);
  }
  int index = static_cast<int>(picks_.size());
  if (unused_.empty()) {
    picks_.emplace_back();
  } else {
    index = unused_.back();
    unused_.pop_back();
  }
  std::vector<double>& arrived = arrived_of(taken);
  arrived.insert(std::upper_bound(arrived.begin(), arrived.end(), taken.time_s), taken.time_s);
  picks_[static_cast<std::size_t>(index)] = std::move(taken);
  index_of_id_.emplace(pick.pick_id, index);
  order_.insert(place_of(index), index);
  return changed_s;
}

std::vector<double>& Associator::arrived_of(const SweepPick& pick) {
  return arrived_s_[2 * static_cast<std::size_t>(pick.site) + static_cast<std::size_t>(pick.phase)];
}

std::vector<int>::iterator Associator::place_of(int index) {
  return std::lower_bound(order_.begin(), order_.end(), index, [this](int a, int b) {
    return comes_before(picks_[static_cast<std::size_t>(a)], picks_[static_cast<std::size_t>(b)]);
  });
}

void Associator::erase(int index) {
  SweepPick& pick = picks_[static_cast<std::size_t>(index)];
  order_.erase(place_of(index));
  std::vector<double>& arrived = arrived_of(pick);
  arrived.erase(std::lower_bound(arrived.begin(), arrived.end(), pick.time_s));
  index_of_id_.erase(pick.pick_id);
  // The sweep goes back before this pick, and nothing after that refers to it.
  unused_.push_back(index);
}

void Associator::go_back_to(double time_s) {
  const auto is_before = [time_s](const Snapshot& each) { return each.time_s <= time_s; };
  while (!snapshots_.empty() && !is_before(snapshots_.back())) {
    snapshots_.pop_back();
  }
  const Snapshot from = snapshots_.empty() ? Snapshot{kNever_s, SweepState{}} : snapshots_.back();
  sweep_.restore(from.state);
  const auto begin =
      std::lower_bound(order_.begin(), order_.end(), from.time_s, [this](int index, double value) {
        return picks_[static_cast<std::size_t>(index)].time_s < value;
      });
  swept_ = static_cast<std::size_t>(begin - order_.begin());
}

void Associator::sweep() {
  for (; swept_ < order_.size(); ++swept_) {
    SweepPick& pick = picks_[static_cast<std::size_t>(order_[swept_])];
    if (snapshots_.empty() || pick.time_s >= snapshots_.back().time_s + kSnapshotEvery_s) {
      const bool is_first_of_its_time =
          swept_ == 0 || picks_[static_cast<std::size_t>(order_[swept_ - 1])].time_s < pick.time_s;
      if (is_first_of_its_time) {
        snapshots_.push_back({pick.time_s, sweep_.state()});
      }
    }
    const std::vector<double>& arrived = arrived_of(pick);
    const auto end = std::lower_bound(arrived.begin(), arrived.end(), pick.time_s);
    const auto begin =
        std::lower_bound(arrived.begin(), end, pick.time_s - options_.clutter_window_s);
    pick.log_clutter =
        std::log((static_cast<double>(end - begin) + kLeastClutter) / options_.clutter_window_s);
    sweep_.step(order_, swept_);
  }
}

Associator::Outcome Associator::push(std::span<const AssociationPick> picks, Time now) {
  Outcome outcome;
  awaited_s_ = std::max(awaited_s_, seconds_of(now));
  double oldest_s = std::numeric_limits<double>::infinity();
  double newest_s = newest_s_;
  for (const AssociationPick& pick : picks) {
    if (is_usable(pick, outcome.refused)) {
      oldest_s = std::min(oldest_s, insert(pick));
      newest_s = std::max(newest_s, arrival_s(pick));
    }
  }
  if (oldest_s == std::numeric_limits<double>::infinity()) {
    return outcome;
  }
  if (oldest_s <= newest_s_) {
    go_back_to(oldest_s);
  }
  newest_s_ = newest_s;
  sweep();
  outcome.changes = tell();
  forget();
  return outcome;
}

std::vector<EventChange> Associator::advance(Time now) {
  awaited_s_ = std::max(awaited_s_, seconds_of(now));
  return tell();
}

/// What stands when no pick is awaited before awaited_s_.
std::vector<EventChange> Associator::tell() {
  return tell(awaited_s_ > newest_s_ ? sweep_.closed_at(order_, awaited_s_) : sweep_.state());
}

std::shared_ptr<const EventLedger::Standing> Associator::standing_of(
    const std::shared_ptr<const Hypothesis>& hypothesis, bool is_final) {
  const auto known = told_.find(hypothesis->serial);
  if (known != told_.end() && known->second.standing->is_final == is_final &&
      (known->second.hypothesis == hypothesis ||
       (known->second.hypothesis->members == hypothesis->members &&
        known->second.hypothesis->at.time_s == hypothesis->at.time_s))) {
    return known->second.standing;
  }
  const std::vector<Observation> observations = model_.observations_of(*hypothesis, picks_);
  const Location location = model_.locator().locate(observations, hypothesis->at);
  std::vector<int> groups;
  EventLedger::Standing standing;
  for (std::size_t i = 0; i < observations.size(); ++i) {
    const SweepPick& pick = picks_[static_cast<std::size_t>(hypothesis->members[i].pick)];
    groups.push_back(model_.group_of(pick.site));
    const Way& way = location.ways[i];
    OriginArrival arrival{pick.pick_id,
                          pick.phase,
                          location.residuals_s[i],
                          way.distance_km,
                          way.azimuth_deg(),
                          0.0,
                          location.weights[i]};
    if (pick.back_azimuth_deg) {
      const Way back = way_between(observations[i].station, location.at.epicentre);
      arrival.back_azimuth_residual_deg =
          std::remainder(pick.back_azimuth_deg->value - back.azimuth_deg(), 360.0);
    }
    standing.arrivals.push_back(std::move(arrival));
  }
  standing.origin = origin_of(location, observations, groups, Time{}, model_.locator());
  standing.kind = standing.origin.stations >= options_.least_stations &&
                          standing.origin.phases >= options_.least_phases
                      ? EventKind::kNetwork
                      : EventKind::kFewStations;
  standing.log_odds = hypothesis->score;
  standing.is_final = is_final;
  std::stable_sort(standing.arrivals.begin(),
                   standing.arrivals.end(),
                   [](const OriginArrival& a, const OriginArrival& b) {
                     return std::tie(a.distance_km, a.phase) < std::tie(b.distance_km, b.phase);
                   });
  auto shared = std::make_shared<const EventLedger::Standing>(std::move(standing));
  told_[hypothesis->serial] = {hypothesis, shared};
  return shared;
}

void Associator::recall(std::span<const EventVersion> known, Time since) {
  ledger_.recall(known);
  told_from_s_ = seconds_of(since);
}

std::vector<EventChange> Associator::tell(const SweepState& state) {
  std::vector<std::shared_ptr<const EventLedger::Standing>> standing;
  const auto add = [&](const std::shared_ptr<const Hypothesis>& hypothesis, bool is_final) {
    if (hypothesis->at.time_s >= told_from_s_) {
      standing.push_back(standing_of(hypothesis, is_final));
    }
  };
  for (const auto& hypothesis : state.closed) {
    add(hypothesis, true);
  }
  for (const auto& hypothesis : state.live) {
    add(hypothesis, false);
  }
  return ledger_.compare(standing, time_of(std::max(forgotten_s_, told_from_s_)));
}

void Associator::forget() {
  const double reachable_s = newest_s_ - options_.reopen_s;
  // The last snapshot before what may still come is the first that is needed.
  while (snapshots_.size() > 1 && snapshots_[1].time_s <= reachable_s) {
    snapshots_.pop_front();
  }
  if (snapshots_.empty() || snapshots_.front().time_s > reachable_s) {
    return;
  }
  const double needed_s =
      snapshots_.front().time_s - std::max(2.0 * sweep_.lifetime_s(), options_.clutter_window_s);
  forgotten_s_ = snapshots_.front().time_s - 2.0 * sweep_.lifetime_s();
  constexpr std::size_t kManyPicks = 256;
  const auto end =
      std::lower_bound(order_.begin(), order_.end(), needed_s, [this](int index, double value) {
        return picks_[static_cast<std::size_t>(index)].time_s < value;
      });
  const auto count = static_cast<std::size_t>(end - order_.begin());
  if (count < kManyPicks) {
    return;
  }
  const auto is_old = [this](const auto& each) { return each->at.time_s < forgotten_s_; };
  for (Snapshot& snapshot : snapshots_) {
    std::erase_if(snapshot.state.closed, is_old);
  }
  sweep_.forget_before(forgotten_s_);
  std::erase_if(told_, [&](const auto& each) { return is_old(each.second.hypothesis); });
  ledger_.forget_before(time_of(forgotten_s_));
  for (auto index = order_.begin(); index != end; ++index) {
    const SweepPick& pick = picks_[static_cast<std::size_t>(*index)];
    index_of_id_.erase(pick.pick_id);
    std::vector<double>& arrived = arrived_of(pick);
    arrived.erase(std::lower_bound(arrived.begin(), arrived.end(), pick.time_s));
    unused_.push_back(*index);
  }
  order_.erase(order_.begin(), end);
  swept_ -= count;
}

}  // namespace geod::catalog
