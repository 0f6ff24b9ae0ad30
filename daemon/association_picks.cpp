#include "daemon/association_picks.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace geod {
namespace {

catalog::AssociationPick association_pick(const Pick& pick) {
  catalog::AssociationPick taken;
  taken.pick_id = pick.pick_id;
  taken.phase = pick.phase_hint;
  taken.time = pick.time;
  taken.uncertainty_s = pick.uncertainty_s;
  taken.probability = pick.probability;
  return taken;
}

}  // namespace

AssociationPicks::Known* AssociationPicks::add(catalog::AssociationPick pick,
                                               const std::optional<std::string>& site) {
  if (!site) {
    ++without_place_;
    return nullptr;
  }
  pick.site = *site;
  Known& known = known_[pick.pick_id];
  known.pick = pick;
  waiting_[pick.pick_id] = std::move(pick);
  return &known;
}

/// True when the estimate tells something of where the event is.
bool AssociationPicks::apply(const EstimateValue& value, Known& known) {
  if (const auto* direction = std::get_if<BackAzimuthEstimate>(&value)) {
    known.pick.back_azimuth_deg = {direction->back_azimuth_deg, direction->uncertainty_deg};
    return true;
  }
  if (const auto* distance = std::get_if<DistanceEstimate>(&value)) {
    known.pick.distance_km = {distance->distance_km, distance->uncertainty_km};
    return true;
  }
  if (const auto* magnitude = std::get_if<NeuralMagnitudeEstimate>(&value)) {
    known.neural_magnitude = magnitude->magnitude;
  }
  return false;
}

void AssociationPicks::add(const Pick& pick) {
  if (known_.contains(pick.pick_id)) {
    return;  // read from the store before, with what followed it
  }
  Known* known =
      add(association_pick(pick), sites_.site_of(pick.instrument.station_id(), pick.time));
  if (known != nullptr) {
    known->instrument = pick.instrument;
    known->completed_at = pick.completed_at;
  }
}

void AssociationPicks::add(const storage::StoredPick& stored) {
  const Pick& pick = stored.pick;
  Known* known =
      add(association_pick(pick), sites_.site_of(pick.instrument.station_id(), pick.time));
  if (known == nullptr) {
    return;
  }
  known->instrument = pick.instrument;
  for (const Estimate& estimate : stored.estimates) {
    apply(estimate.value, *known);
  }
  waiting_[pick.pick_id] = known->pick;
}

void AssociationPicks::add(const CommittedFibrePick& committed) {
  catalog::AssociationPick taken;
  taken.pick_id = fibre_pick_id(committed.detection_id, committed.pick);
  taken.phase = committed.pick.phase_hint;
  taken.time = committed.pick.time;
  taken.uncertainty_s = committed.pick.uncertainty_s;
  taken.probability = committed.pick.probability;
  add(std::move(taken),
      sites_.site_of(committed.fibre_id, committed.pick.channel, committed.pick.time));
}

void AssociationPicks::add(const Estimate& estimate) {
  const auto known = known_.find(estimate.pick_id);
  if (known != known_.end() && apply(estimate.value, known->second)) {
    waiting_[estimate.pick_id] = known->second.pick;
  }
}

std::vector<catalog::AssociationPick> AssociationPicks::take() {
  std::vector<catalog::AssociationPick> taken;
  taken.reserve(waiting_.size());
  for (auto& [id, pick] : waiting_) {
    taken.push_back(std::move(pick));
  }
  waiting_.clear();
  std::stable_sort(
      taken.begin(), taken.end(), [](const auto& a, const auto& b) { return a.time < b.time; });
  return taken;
}

void AssociationPicks::forget_before(Time time) {
  std::erase_if(known_, [time](const auto& each) { return each.second.pick.time < time; });
}

void AssociationPicks::clear() {
  known_.clear();
  waiting_.clear();
}

std::vector<catalog::MagnitudePick> AssociationPicks::magnitude_picks(
    const EventVersion& event) const {
  std::vector<catalog::MagnitudePick> picks;
  for (const OriginArrival& arrival : event.arrivals) {
    const auto known = known_.find(arrival.pick_id);
    if (known != known_.end() && known->second.instrument) {
      picks.push_back({arrival.pick_id,
                       *known->second.instrument,
                       known->second.pick.phase,
                       known->second.pick.time,
                       known->second.neural_magnitude});
    }
  }
  return picks;
}

std::optional<std::chrono::steady_clock::time_point> AssociationPicks::completed_at(
    const std::string& pick_id) const {
  const auto known = known_.find(pick_id);
  if (known == known_.end() ||
      known->second.completed_at == std::chrono::steady_clock::time_point{}) {
    return std::nullopt;
  }
  return known->second.completed_at;
}

}  // namespace geod
