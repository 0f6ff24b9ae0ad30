#include "catalog/association_sweep.hpp"

#include <algorithm>
#include <cmath>

#include "catalog/hypothesis_members.hpp"

namespace geod::catalog {
namespace {

constexpr double kReview_s = 2.0;
constexpr int kAttachSteps = 2;
constexpr int kPolishSteps = 8;
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
    if (hypothesis.score < 0.0 || !model_.is_near(hypothesis)) {
      dissolve(i);
      continue;
    }
    replace(i, std::move(hypothesis));
    ++i;
  }
}

bool AssociationSweep::merge_into_another(std::size_t at, double now_s) {
  constexpr double kNearInTime_s = 8.0;
  constexpr double kNear_km = 60.0;
  for (std::size_t i = 0; i < state_.live.size(); ++i) {
    const Hypothesis& mine = *state_.live[at];
    const Hypothesis& other = *state_.live[i];
    if (i == at) {
      continue;
    }
    const bool are_near =
        std::abs(mine.at.time_s - other.at.time_s) <= kNearInTime_s &&
        way_between(mine.at.epicentre, other.at.epicentre).distance_km <= kNear_km;
    const std::size_t weaker = mine.score < other.score ? at : i;
    const std::size_t stronger = mine.score < other.score ? i : at;
    // Stations alone are asked: a fibre's many picks would else keep apart what is one event. Of an
    // event elsewhere only picks that the stronger lacks: else it explains them by chance.
    std::size_t asked = 0;
    std::size_t explained = 0;
    for (const Hypothesis::Member& member : state_.live[weaker]->members) {
      const SweepPick& candidate = pick(member.pick);
      if (!model_.is_fibre(candidate.site)) {
        ++asked;
        const Hypothesis& asked_of = *state_.live[stronger];
        explained += static_cast<std::size_t>(
            model_.gain_of(asked_of, candidate) > 0.0 &&
            (are_near || rival_of(asked_of, candidate, picks_) == asked_of.members.size()));
      }
    }
    if (2 * explained <= asked) {
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
  if (hypothesis.score < 0.0 || !model_.is_near(hypothesis)) {
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
