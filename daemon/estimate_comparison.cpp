#include "daemon/estimate_comparison.hpp"

#include <cmath>
#include <vector>

#include "daemon/robust_spread.hpp"

namespace geod {

EstimateComparison compare_estimates(std::string_view task,
                                     std::span<const storage::EstimatePair> pairs) {
  EstimateComparison comparison;
  std::vector<double> differences;
  std::size_t same = 0;
  for (const storage::EstimatePair& pair : pairs) {
    comparison.active += pair.active ? 1U : 0U;
    comparison.candidate += pair.candidate ? 1U : 0U;
    if (!pair.active || !pair.candidate) {
      continue;
    }
    double difference = *pair.candidate - *pair.active;
    if (task == "baz") {
      difference = std::remainder(difference, 360.0);
    }
    differences.push_back(difference);
    same += (*pair.active > 0.5) == (*pair.candidate > 0.5) ? 1U : 0U;
  }
  comparison.matched = differences.size();
  comparison.difference_median = median(differences);
  comparison.difference_spread = robust_spread(differences, comparison.difference_median);
  if (task == "pmp" && comparison.matched > 0) {
    comparison.same_polarity = static_cast<double>(same) / static_cast<double>(comparison.matched);
  }
  return comparison;
}

}  // namespace geod
