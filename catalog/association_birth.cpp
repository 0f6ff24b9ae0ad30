#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>

#include "catalog/association_sweep.hpp"
#include "catalog/hypothesis_members.hpp"
#include "catalog/station_location.hpp"

namespace geod::catalog {
namespace {

constexpr int kBirthSteps = 4;
constexpr int kRobbedSteps = 2;
constexpr int kBirthRounds = 3;
constexpr int kPeaks = 2;
/// Fewer members make a hypothesis weak: a new one may take them as if they were free.
constexpr std::size_t kWeakMembers = 8;

/// What a pick would add to an event that it fits well.
double weight_of(const SweepPick& pick) {
  constexpr double kDetected = 0.5;
  return std::log(kDetected / (pick.sigma_s * std::sqrt(2.0 * std::numbers::pi))) -
         pick.log_clutter + pick.log_odds;
}

}  // namespace

std::vector<NucleationGrid::Vote> AssociationSweep::votes_for(std::span<const int> window,
                                                              int anchor) {
  const SweepPick& first = pick(anchor);
  std::vector<NucleationGrid::Vote> votes;
  std::map<std::pair<int, Phase>, int> of_fibre;
  for (const int index : window) {
    const SweepPick& other = pick(index);
    if (index == anchor || (other.site == first.site && other.phase == first.phase)) {
      continue;
    }
    double weight = weight_of(other);
    const std::int64_t of = owner(index);
    if (of != kFree) {
      const std::size_t at = index_of(of);
      if (at == state_.live.size()) {
        continue;
      }
      const Hypothesis& hypothesis = *state_.live[at];
      if (hypothesis.members.size() >= kWeakMembers) {
        weight -= worth_of(hypothesis, index) + kLeastGain;
      }
    }
    if (weight <= 0.0) {
      continue;
    }
    constexpr double kSigmas = 2.0;
    const double tolerance_s =
        kSigmas * std::hypot(first.sigma_s, other.sigma_s, clocks_sigma_s(first.site, other.site)) +
        0.7 * (grid_.coarseness_s(first.phase) + grid_.coarseness_s(other.phase));
    votes.push_back({other.site,
                     other.phase,
                     static_cast<float>(other.time_s - first.time_s),
                     static_cast<float>(tolerance_s),
                     static_cast<float>(weight)});
    if (model_.is_fibre(other.site)) {
      ++of_fibre[{model_.group_of(other.site), other.phase}];
    }
  }
  for (NucleationGrid::Vote& vote : votes) {
    if (model_.is_fibre(vote.site)) {
      const int count = of_fibre[{model_.group_of(vote.site), vote.phase}];
      vote.weight *= static_cast<float>(std::min(1.0, model_.options().fibre_votes / count));
    }
  }
  return votes;
}

/// Standard deviation of how much later the clock of one site may be than that of another.
double AssociationSweep::clocks_sigma_s(int a, int b) const {
  if (model_.group_of(a) == model_.group_of(b)) {
    return 0.0;
  }
  const int fibres = static_cast<int>(model_.is_fibre(a)) + static_cast<int>(model_.is_fibre(b));
  return std::sqrt(fibres) * model_.options().locator.clock_sigma_s;
}

void AssociationSweep::search(std::span<const int> order,
                              std::size_t position,
                              int anchor,
                              double now_s) {
  const SweepPick& first = pick(anchor);
  const std::span<const int> window =
      window_of(order, position, first.time_s - grid_.longest_s(first.site, first.phase));
  if (model_.has_few_stations() && begin_at_one_station(window, first, now_s)) {
    return;
  }
  const std::vector<NucleationGrid::Vote> votes = votes_for(window, anchor);
  double sum = 0.0;
  for (const NucleationGrid::Vote& vote : votes) {
    sum += static_cast<double>(vote.weight);
  }
  const double least = model_.birth_cost() - weight_of(first);
  if (sum < least || static_cast<int>(votes.size()) + 1 < model_.options().least_phases) {
    return;
  }
  for (NucleationGrid::Peak& peak : grid_.peaks(first.site, first.phase, votes, least, kPeaks)) {
    peak.trial.time_s += first.time_s;
    if (try_birth(window, peak.trial, now_s)) {
      return;
    }
  }
}

bool AssociationSweep::begin_at_one_station(std::span<const int> window,
                                            const SweepPick& anchor,
                                            double now_s) {
  const auto try_at = [&](const SweepPick& p, double distance_km) {
    const double azimuth = p.back_azimuth_deg->value * std::numbers::pi / 180.0;
    Trial trial;
    trial.epicentre = moved(model_.points()[static_cast<std::size_t>(p.site)],
                            distance_km * std::sin(azimuth),
                            distance_km * std::cos(azimuth));
    trial.depth_km = model_.options().locator.fixed_depth_km;
    const double epicentral_km =
        way_between(trial.epicentre, model_.points()[static_cast<std::size_t>(p.site)]).distance_km;
    trial.time_s = p.time_s - model_.locator()
                                  .travel_times()
                                  .first_arrival(Phase::kP, epicentral_km, trial.depth_km)
                                  .time_s;
    return try_birth(window, trial, now_s);
  };
  if (anchor.phase == Phase::kP) {
    return anchor.back_azimuth_deg && anchor.distance_km &&
           try_at(anchor, anchor.distance_km->value);
  }
  // The latest P of the station first.
  for (auto index = window.rbegin(); index != window.rend(); ++index) {
    const SweepPick& p = pick(*index);
    if (p.site == anchor.site && p.phase == Phase::kP && p.back_azimuth_deg &&
        p.time_s < anchor.time_s && owner(*index) == kFree &&
        try_at(p, distance_from_s_minus_p({anchor.time_s - p.time_s, p.sigma_s}).km)) {
      return true;
    }
  }
  return false;
}

/// What the event that has the pick would lose to `hypothesis`: nothing where it is free or may be
/// had, more than any gain where its event changes no more.
double AssociationSweep::worth_to_its_event(const Hypothesis& hypothesis, int index) const {
  const std::int64_t of = owners_[static_cast<std::size_t>(index)];
  if (of == kFree || of == hypothesis.serial) {
    return 0.0;
  }
  const std::size_t at = index_of(of);
  if (at == state_.live.size()) {
    return std::numeric_limits<double>::infinity();
  }
  const Hypothesis& other = *state_.live[at];
  const bool holds_on =
      other.members.size() >= kWeakMembers || hypothesis.members.size() < other.members.size();
  return holds_on ? worth_of(other, index) : 0.0;
}

void AssociationSweep::gather(Hypothesis& hypothesis, std::span<const int> window) const {
  struct Choice {
    int pick;
    double gain;
    double net;
  };
  std::map<std::pair<int, Phase>, Choice> chosen;
  for (const int index : window) {
    const SweepPick& candidate = pick(index);
    if (candidate.time_s < hypothesis.at.time_s && !model_.is_fibre(candidate.site)) {
      continue;
    }
    const double gain = model_.gain_of(hypothesis, candidate);
    if (gain <= kLeastGain) {
      continue;
    }
    const double net = gain - worth_to_its_event(hypothesis, index);
    if (net <= kLeastGain) {
      continue;
    }
    const auto [at, is_new] =
        chosen.try_emplace({candidate.site, candidate.phase}, Choice{index, gain, net});
    if (!is_new && net > at->second.net) {
      at->second = {index, gain, net};
    }
  }
  hypothesis.members.clear();
  for (const auto& [slot, choice] : chosen) {
    const auto other = chosen.find({slot.first, slot.second == Phase::kP ? Phase::kS : Phase::kP});
    if (other != chosen.end()) {
      const double p_s = pick(slot.second == Phase::kP ? choice.pick : other->second.pick).time_s;
      const double s_s = pick(slot.second == Phase::kS ? choice.pick : other->second.pick).time_s;
      if (s_s <= p_s && choice.net < other->second.net) {
        continue;
      }
    }
    add_member(hypothesis, choice.pick, choice.gain, picks_);
  }
}

bool AssociationSweep::try_birth(std::span<const int> window, const Trial& trial, double now_s) {
  Hypothesis born;
  born.serial = state_.next_serial;
  born.at = trial;
  const double spacing_km = 0.4 * model_.options().node_spacing_km;
  born.covariance[0][0] = born.covariance[1][1] = spacing_km * spacing_km;
  born.covariance[2][2] = 25.0;
  born.covariance[3][3] = 0.25;
  for (int round = 0; round < kBirthRounds; ++round) {
    gather(born, window);
    if (!model_.is_supported(born, picks_)) {
      return false;
    }
    model_.refine(born, picks_, now_s, kBirthSteps);
  }
  if (born.score <= 0.0 || !model_.is_near(born)) {
    return false;
  }
  // What it takes from others must be worth more with it.
  std::map<std::int64_t, Hypothesis> robbed;
  for (const Hypothesis::Member& member : born.members) {
    const std::int64_t of = owner(member.pick);
    if (of == kFree) {
      continue;
    }
    Hypothesis& other = robbed.try_emplace(of, *state_.live[index_of(of)]).first->second;
    std::erase_if(other.members,
                  [&](const Hypothesis::Member& each) { return each.pick == member.pick; });
  }
  double loss = 0.0;
  for (auto& [serial, other] : robbed) {
    const double before = std::max(state_.live[index_of(serial)]->score, 0.0);
    if (model_.is_supported(other, picks_)) {
      model_.refine(other, picks_, now_s, kRobbedSteps);
    } else {
      other.score = -1.0;
    }
    loss += before - std::max(other.score, 0.0);
  }
  if (born.score <= loss + kLeastGain) {
    return false;
  }
  for (auto& [serial, other] : robbed) {
    const std::size_t at = index_of(serial);
    if (other.score < 0.0) {
      dissolve(at);
    } else {
      replace(at, std::move(other));
    }
  }
  ++state_.next_serial;
  for (const Hypothesis::Member& member : born.members) {
    owner(member.pick) = born.serial;
  }
  state_.live.push_back(std::make_shared<const Hypothesis>(std::move(born)));
  merge_into_another(state_.live.size() - 1, now_s);
  return true;
}

}  // namespace geod::catalog
