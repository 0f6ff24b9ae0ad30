#include "models/robust_line.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"

namespace geod::models {
namespace {

constexpr double kSigmaOfMedian = 1.4826;
constexpr std::size_t kFewest = 4;

}  // namespace

double median_of(std::vector<double> values) {
  GEOD_CHECK(!values.empty(), "nothing has no median");
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::optional<RobustLine> robust_line(std::span<const double> x, std::span<const double> y) {
  if (x.size() < kFewest) {
    return std::nullopt;
  }
  const std::size_t apart = x.size() / 2;
  std::vector<double> scratch;
  for (std::size_t i = 0; i + apart < x.size(); ++i) {
    if (x[i + apart] > x[i]) {
      scratch.push_back((y[i + apart] - y[i]) / (x[i + apart] - x[i]));
    }
  }
  if (scratch.empty()) {
    return std::nullopt;
  }
  RobustLine line;
  line.slope = median_of(scratch);
  scratch.clear();
  for (std::size_t i = 0; i < x.size(); ++i) {
    scratch.push_back(y[i] - line.slope * x[i]);
  }
  line.at_zero = median_of(scratch);
  for (double& distance : scratch) {
    distance = std::abs(distance - line.at_zero);
  }
  line.scatter = kSigmaOfMedian * median_of(std::move(scratch));
  return line;
}

}  // namespace geod::models
