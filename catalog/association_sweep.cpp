#include "catalog/association_sweep.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>

#include "catalog/station_location.hpp"

namespace geod::catalog {
namespace {

constexpr double kLeastGain = 0.5;
constexpr double kReview_s = 2.0;
constexpr int kAttachSteps = 2;
constexpr int kBirthSteps = 4;
constexpr int kPolishSteps = 8;
constexpr std::size_t kWeakMembers = 8;
constexpr int kPeaks = 2;
constexpr std::size_t kOftenRefined = 24;
constexpr std::size_t kRefineEvery = 4;

}  // namespace

AssociationSweep::AssociationSweep(const EventModel& model,
                                   const NucleationGrid& grid,
                                   const std::vector<SweepPick>& picks)
    : model_(model), grid_(grid), picks_(picks) {}

double AssociationSweep::lifetime_s() const {
  return grid_.crossing_s() + model_.options().final_after_s;
}

void AssociationSweep::restore(const SweepState& state) {
  state_ = state;
  owners_.assign(picks_.size(), kFree);
  for (const auto* list : {&state_.closed, &state_.live}) {
    for (const auto& hypothesis : *list) {
      for (const Hypothesis::Member& member : hypothesis->members) {
        owner(member.pick) = hypothesis->serial;
      }
    }
  }
}

std::int64_t& AssociationSweep::owner(int pick) {
  const auto index = static_cast<std::size_t>(pick);
  if (index >= owners_.size()) {
    owners_.resize(picks_.size(), kFree);
  }
  return owners_[index];
}

std::size_t AssociationSweep::index_of(std::int64_t serial) const {
  const auto found = std::lower_bound(
      state_.live.begin(), state_.live.end(), serial, [](const auto& each, std::int64_t value) {
        return each->serial < value;
      });
  return found != state_.live.end() && (*found)->serial == serial
             ? static_cast<std::size_t>(found - state_.live.begin())
             : state_.live.size();
}

std::span<const int> AssociationSweep::window_of(std::span<const int> order,
                                                 std::size_t position,
                                                 double from_s) const {
  const auto end = order.begin() + static_cast<std::ptrdiff_t>(position) + 1;
  const auto begin = std::lower_bound(order.begin(), end, from_s, [this](int index, double time_s) {
    return pick(index).time_s < time_s;
  });
  return {begin, end};
}

void AssociationSweep::step(std::span<const int> order, std::size_t position) {
  const int index = order[position];
  const double now_s = pick(index).time_s;
  owner(index) = kFree;
  close_old(order, position, now_s);
  if (now_s - state_.reviewed_s > kReview_s) {
    state_.reviewed_s = now_s;
    review(now_s);
  }
  if (!attach(index, now_s)) {
    search(order, position, index, now_s);
  }
}

namespace {

/// Index of the member at the same site and phase, or the number of members.
std::size_t rival_of(const Hypothesis& hypothesis,
                     const SweepPick& pick,
                     const std::vector<SweepPick>& picks) {
  for (std::size_t i = 0; i < hypothesis.members.size(); ++i) {
    const SweepPick& other = picks[static_cast<std::size_t>(hypothesis.members[i].pick)];
    if (other.site == pick.site && other.phase == pick.phase) {
      return i;
    }
  }
  return hypothesis.members.size();
}

bool keeps_s_after_p(const Hypothesis& hypothesis,
                     const SweepPick& pick,
                     const std::vector<SweepPick>& picks) {
  return std::none_of(
      hypothesis.members.begin(), hypothesis.members.end(), [&](const Hypothesis::Member& member) {
        const SweepPick& other = picks[static_cast<std::size_t>(member.pick)];
        return other.site == pick.site && other.phase != pick.phase &&
               (pick.phase == Phase::kS ? pick.time_s <= other.time_s
                                        : pick.time_s >= other.time_s);
      });
}

void add_member(Hypothesis& hypothesis,
                int pick,
                double gain,
                const std::vector<SweepPick>& picks) {
  const auto at =
      std::lower_bound(hypothesis.members.begin(),
                       hypothesis.members.end(),
                       pick,
                       [&](const Hypothesis::Member& member, int value) {
                         return comes_before(picks[static_cast<std::size_t>(member.pick)],
                                             picks[static_cast<std::size_t>(value)]);
                       });
  hypothesis.members.insert(at, {pick, gain});
}

/// What a pick of `hypothesis` is worth to it, at least nothing.
double worth_of(const Hypothesis& hypothesis, int pick) {
  const auto member = std::find_if(
      hypothesis.members.begin(), hypothesis.members.end(), [pick](const Hypothesis::Member& each) {
        return each.pick == pick;
      });
  return std::max(member->gain, 0.0);
}

}  // namespace

bool AssociationSweep::attach(int index, double now_s) {
  const SweepPick& candidate = pick(index);
  double best_gain = kLeastGain;
  std::size_t best = state_.live.size();
  for (std::size_t i = 0; i < state_.live.size(); ++i) {
    const Hypothesis& hypothesis = *state_.live[i];
    double gain = model_.gain_of(hypothesis, candidate);
    if (gain <= best_gain) {
      continue;
    }
    const std::size_t rival = rival_of(hypothesis, candidate, picks_);
    if (rival < hypothesis.members.size()) {
      gain -= std::max(hypothesis.members[rival].gain, 0.0) + kLeastGain;
    }
    if (gain > best_gain && keeps_s_after_p(hypothesis, candidate, picks_)) {
      best_gain = gain;
      best = i;
    }
  }
  if (best == state_.live.size()) {
    return false;
  }
  Hypothesis hypothesis = *state_.live[best];
  const std::size_t rival = rival_of(hypothesis, candidate, picks_);
  int displaced = -1;
  if (rival < hypothesis.members.size()) {
    displaced = hypothesis.members[rival].pick;
    owner(displaced) = kFree;
    hypothesis.members.erase(hypothesis.members.begin() + static_cast<std::ptrdiff_t>(rival));
  }
  add_member(hypothesis, index, best_gain, picks_);
  if (hypothesis.members.size() <= kOftenRefined || hypothesis.members.size() % kRefineEvery == 0) {
    model_.refine(hypothesis, picks_, now_s, kAttachSteps);
  } else {
    hypothesis.score += best_gain;
  }
  replace(best, std::move(hypothesis));
  if (displaced >= 0) {
    attach(displaced, now_s);
  }
  return true;
}

void AssociationSweep::replace(std::size_t at, Hypothesis hypothesis) {
  for (const Hypothesis::Member& member : state_.live[at]->members) {
    if (owner(member.pick) == hypothesis.serial) {
      owner(member.pick) = kFree;
    }
  }
  for (const Hypothesis::Member& member : hypothesis.members) {
    owner(member.pick) = hypothesis.serial;
  }
  state_.live[at] = std::make_shared<const Hypothesis>(std::move(hypothesis));
}

void AssociationSweep::dissolve(std::size_t at) {
  for (const Hypothesis::Member& member : state_.live[at]->members) {
    if (owner(member.pick) == state_.live[at]->serial) {
      owner(member.pick) = kFree;
    }
  }
  state_.live.erase(state_.live.begin() + static_cast<std::ptrdiff_t>(at));
}

void AssociationSweep::review(double now_s) {
  for (std::size_t i = 0; i < state_.live.size();) {
    Hypothesis hypothesis = *state_.live[i];
    model_.rescore(hypothesis, picks_, now_s);
    if (hypothesis.score < 0.0) {
      dissolve(i);
      continue;
    }
    replace(i, std::move(hypothesis));
    ++i;
  }
}

void AssociationSweep::search(std::span<const int> order,
                              std::size_t position,
                              int anchor,
                              double now_s) {
  const SweepPick& first = pick(anchor);
  const std::span<const int> window =
      window_of(order, position, first.time_s - grid_.longest_s(first.site, first.phase));
  std::vector<NucleationGrid::Vote> votes;
  std::map<std::pair<int, Phase>, int> of_fibre;
  double sum = 0.0;
  const auto weight_of = [this](const SweepPick& each) {
    constexpr double kDetected = 0.5;
    return std::log(kDetected / (each.sigma_s * std::sqrt(2.0 * std::numbers::pi))) -
           each.log_clutter + each.log_odds;
  };
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
        kSigmas * std::hypot(first.sigma_s, other.sigma_s) +
        0.7 * (grid_.coarseness_s(first.phase) + grid_.coarseness_s(other.phase));
    votes.push_back({other.site,
                     other.phase,
                     static_cast<float>(other.time_s - first.time_s),
                     static_cast<float>(tolerance_s),
                     static_cast<float>(weight)});
    if (model_.is_fibre(other.site)) {
      ++of_fibre[{model_.group_of(other.site), other.phase}];
    }
    sum += weight;
  }
  if (model_.has_few_stations() && begin_at_one_station(window, first, now_s)) {
    return;
  }
  const double least = model_.options().birth_cost - weight_of(first);
  if (sum < least || static_cast<int>(votes.size()) + 1 < model_.options().least_phases) {
    return;
  }
  for (NucleationGrid::Vote& vote : votes) {
    if (model_.is_fibre(vote.site)) {
      const int count = of_fibre[{model_.group_of(vote.site), vote.phase}];
      vote.weight *= static_cast<float>(std::min(1.0, model_.options().fibre_votes / count));
    }
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

void AssociationSweep::gather(Hypothesis& hypothesis, std::span<const int> window) const {
  struct Choice {
    int pick;
    double gain;
    double net;
  };
  std::map<std::pair<int, Phase>, Choice> chosen;
  for (const int index : window) {
    const SweepPick& candidate = pick(index);
    if (candidate.time_s < hypothesis.at.time_s) {
      continue;
    }
    const double gain = model_.gain_of(hypothesis, candidate);
    if (gain <= kLeastGain) {
      continue;
    }
    double net = gain;
    const std::int64_t of = owners_[static_cast<std::size_t>(index)];
    if (of != kFree && of != hypothesis.serial) {
      const std::size_t at = index_of(of);
      if (at == state_.live.size()) {
        continue;
      }
      const Hypothesis& other = *state_.live[at];
      if (other.members.size() >= kWeakMembers ||
          hypothesis.members.size() < other.members.size()) {
        net -= worth_of(other, index);
      }
    }
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
  for (int round = 0; round < 3; ++round) {
    gather(born, window);
    if (!model_.is_supported(born, picks_)) {
      return false;
    }
    model_.refine(born, picks_, now_s, kBirthSteps);
  }
  if (born.score <= 0.0) {
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
      model_.refine(other, picks_, now_s, kAttachSteps);
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

bool AssociationSweep::merge_into_another(std::size_t at, double now_s) {
  constexpr double kNearInTime_s = 8.0;
  constexpr double kNear_km = 60.0;
  for (std::size_t i = 0; i < state_.live.size(); ++i) {
    const Hypothesis& mine = *state_.live[at];
    const Hypothesis& other = *state_.live[i];
    if (i == at || std::abs(mine.at.time_s - other.at.time_s) > kNearInTime_s ||
        way_between(mine.at.epicentre, other.at.epicentre).distance_km > kNear_km) {
      continue;
    }
    const std::size_t weaker = mine.score < other.score ? at : i;
    const std::size_t stronger = mine.score < other.score ? i : at;
    std::size_t explained = 0;
    for (const Hypothesis::Member& member : state_.live[weaker]->members) {
      explained +=
          static_cast<std::size_t>(model_.gain_of(*state_.live[stronger], pick(member.pick)) > 0.0);
    }
    if (2 * explained <= state_.live[weaker]->members.size()) {
      continue;
    }
    std::vector<int> freed;
    for (const Hypothesis::Member& member : state_.live[weaker]->members) {
      freed.push_back(member.pick);
    }
    dissolve(weaker);
    for (const int index : freed) {
      attach(index, now_s);
    }
    return true;
  }
  return false;
}

void AssociationSweep::polish(std::size_t at, std::span<const int> window, double now_s) {
  Hypothesis hypothesis = *state_.live[at];
  for (int round = 0; round < 2; ++round) {
    gather(hypothesis, window);
    if (!model_.is_supported(hypothesis, picks_)) {
      hypothesis.score = -1.0;
      break;
    }
    model_.refine(hypothesis, picks_, now_s, kPolishSteps);
  }
  if (hypothesis.score < 0.0) {
    dissolve(at);
    return;
  }
  std::vector<std::int64_t> touched;
  for (const Hypothesis::Member& member : hypothesis.members) {
    const std::int64_t of = owner(member.pick);
    const std::size_t other_at = of == kFree ? state_.live.size() : index_of(of);
    if (other_at < state_.live.size() && other_at != at) {
      Hypothesis other = *state_.live[other_at];
      std::erase_if(other.members,
                    [&](const Hypothesis::Member& each) { return each.pick == member.pick; });
      replace(other_at, std::move(other));
      touched.push_back(of);
    }
  }
  const std::int64_t serial = hypothesis.serial;
  replace(at, std::move(hypothesis));
  std::sort(touched.begin(), touched.end());
  touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
  for (const std::int64_t each : touched) {
    const std::size_t other_at = index_of(each);
    Hypothesis other = *state_.live[other_at];
    if (!model_.is_supported(other, picks_)) {
      dissolve(other_at);
      continue;
    }
    model_.refine(other, picks_, now_s, kAttachSteps);
    replace(other_at, std::move(other));
  }
  merge_into_another(index_of(serial), now_s);
}

SweepState AssociationSweep::closed_at(std::span<const int> order, double now_s) const {
  AssociationSweep copy = *this;
  if (!order.empty()) {
    copy.close_old(order, order.size() - 1, now_s);
  }
  return copy.state_;
}

void AssociationSweep::forget_before(double time_s) {
  std::erase_if(state_.closed, [time_s](const auto& each) { return each->at.time_s < time_s; });
}

void AssociationSweep::close_old(std::span<const int> order, std::size_t position, double now_s) {
  const auto is_old = [&](const auto& hypothesis) {
    return hypothesis->at.time_s + lifetime_s() < now_s;
  };
  for (auto old = std::find_if(state_.live.begin(), state_.live.end(), is_old);
       old != state_.live.end();
       old = std::find_if(state_.live.begin(), state_.live.end(), is_old)) {
    const std::int64_t serial = (*old)->serial;
    const double from_s = (*old)->at.time_s;
    const auto at = static_cast<std::size_t>(old - state_.live.begin());
    polish(at, window_of(order, position, from_s - kReview_s), now_s);
    const std::size_t after = index_of(serial);
    if (after == state_.live.size()) {
      continue;
    }
    state_.closed.push_back(state_.live[after]);
    state_.live.erase(state_.live.begin() + static_cast<std::ptrdiff_t>(after));
  }
}

}  // namespace geod::catalog
