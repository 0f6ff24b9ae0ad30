#include "daemon/pick_comparison.hpp"

#include <algorithm>
#include <tuple>

#include "daemon/robust_spread.hpp"

namespace geod {
namespace {

auto series_of(const Pick& pick) {
  return std::tie(pick.phase_hint, pick.instrument);
}

void sort_by_series(std::vector<Pick>& picks) {
  std::sort(picks.begin(), picks.end(), [](const Pick& a, const Pick& b) {
    return std::tie(a.phase_hint, a.instrument, a.time) <
           std::tie(b.phase_hint, b.instrument, b.time);
  });
}

struct Differences {
  std::vector<double> time_s;
  std::vector<double> probability;
};

void summarise(const Differences& differences, PickComparison& comparison) {
  comparison.matched = differences.time_s.size();
  if (comparison.matched == 0) {
    return;
  }
  comparison.time_median_s = median(differences.time_s);
  comparison.time_spread_s = robust_spread(differences.time_s, comparison.time_median_s);
  for (const double difference : differences.probability) {
    comparison.probability_mean += difference / static_cast<double>(comparison.matched);
  }
}

}  // namespace

std::map<Phase, PickComparison> compare_picks(std::vector<Pick> active,
                                              std::vector<Pick> candidate,
                                              Duration tolerance) {
  sort_by_series(active);
  sort_by_series(candidate);
  std::map<Phase, PickComparison> comparisons{{Phase::kP, {}}, {Phase::kS, {}}};
  for (const Pick& pick : active) {
    ++comparisons[pick.phase_hint].active;
  }
  for (const Pick& pick : candidate) {
    ++comparisons[pick.phase_hint].candidate;
  }
  std::map<Phase, Differences> differences;
  auto other = candidate.begin();
  const auto distance = [](const Pick& a, const Pick& b) {
    return std::chrono::abs(a.time - b.time);
  };
  for (const Pick& pick : active) {
    while (other != candidate.end() &&
           (series_of(*other) < series_of(pick) ||
            (series_of(*other) == series_of(pick) && other->time < pick.time - tolerance))) {
      ++other;
    }
    // The next of the same series may be nearer.
    while (other != candidate.end() && other + 1 != candidate.end() &&
           series_of(*(other + 1)) == series_of(pick) && series_of(*other) == series_of(pick) &&
           distance(*(other + 1), pick) < distance(*other, pick)) {
      ++other;
    }
    if (other == candidate.end() || series_of(*other) != series_of(pick) ||
        distance(*other, pick) > tolerance) {
      continue;
    }
    Differences& of_phase = differences[pick.phase_hint];
    of_phase.time_s.push_back(to_seconds(other->time - pick.time));
    of_phase.probability.push_back(other->probability - pick.probability);
    ++other;
  }
  for (auto& [phase, comparison] : comparisons) {
    summarise(differences[phase], comparison);
  }
  return comparisons;
}

}  // namespace geod
