#include "trainer/pick_matching.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace geod::trainer {
namespace {

/// Pairs so far and their summed distance; more pairs win, then less distance.
struct Value {
  std::int64_t pairs = 0;
  double distance = 0.0;
  bool worse_than(const Value& other) const {
    return pairs != other.pairs ? pairs < other.pairs : distance > other.distance;
  }
};

}  // namespace

// On a line an optimal matching never crosses, so that a table over prefixes finds it.
std::vector<std::pair<std::size_t, std::size_t>> match_picks(std::span<const double> labels,
                                                             std::span<const double> picks,
                                                             double tolerance) {
  constexpr double kRounding = 1e-9;
  const std::size_t width = picks.size() + 1;
  std::vector<Value> best((labels.size() + 1) * width);
  std::vector<char> choice(best.size(), 'e');
  for (std::size_t i = 1; i <= labels.size(); ++i) {
    for (std::size_t j = 1; j <= picks.size(); ++j) {
      Value value = best[(i - 1) * width + j];
      char how = 'l';
      if (value.worse_than(best[i * width + j - 1])) {
        value = best[i * width + j - 1];
        how = 'p';
      }
      const double distance = std::abs(labels[i - 1] - picks[j - 1]);
      if (distance <= tolerance + kRounding) {
        const Value& before = best[(i - 1) * width + j - 1];
        const Value paired{before.pairs + 1, before.distance + distance};
        if (value.worse_than(paired)) {
          value = paired;
          how = 'm';
        }
      }
      best[i * width + j] = value;
      choice[i * width + j] = how;
    }
  }
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  std::size_t i = labels.size();
  std::size_t j = picks.size();
  while (i > 0 && j > 0) {
    const char how = choice[i * width + j];
    if (how == 'm') {
      pairs.emplace_back(--i, --j);
    } else if (how == 'l') {
      --i;
    } else {
      --j;
    }
  }
  std::ranges::reverse(pairs);
  return pairs;
}

}  // namespace geod::trainer
