#include "trainer/calibration.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace geod::trainer {
namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

/// Central intervals of a normal distribution: share and half width in standard deviations.
constexpr double kIntervals[][2] = {{0.10, 0.125661},
                                    {0.20, 0.253347},
                                    {0.30, 0.385320},
                                    {0.40, 0.524401},
                                    {0.50, 0.674490},
                                    {0.60, 0.841621},
                                    {0.70, 1.036433},
                                    {0.80, 1.281552},
                                    {0.90, 1.644854},
                                    {0.95, 1.959964}};

}  // namespace

Reliability reliability(std::span<const StatedProbability> stated, int bin_count) {
  Reliability out;
  out.count = static_cast<std::int64_t>(stated.size());
  for (int i = 0; i < bin_count; ++i) {
    out.bins.push_back(
        {static_cast<double>(i) / bin_count, static_cast<double>(i + 1) / bin_count, 0, 0.0, 0.0});
  }
  double squares = 0.0;
  for (const StatedProbability& each : stated) {
    const int at = std::clamp(static_cast<int>(each.probability * bin_count), 0, bin_count - 1);
    ReliabilityBin& bin = out.bins[static_cast<std::size_t>(at)];
    ++bin.count;
    bin.mean_probability += each.probability;
    bin.observed += each.is_so ? 1.0 : 0.0;
    const double distance = each.probability - (each.is_so ? 1.0 : 0.0);
    squares += distance * distance;
  }
  double error = 0.0;
  for (ReliabilityBin& bin : out.bins) {
    error += std::abs(bin.mean_probability - bin.observed);
    const double count = bin.count > 0 ? static_cast<double>(bin.count) : kNothing;
    bin.mean_probability /= count;
    bin.observed /= count;
  }
  const double count = stated.empty() ? kNothing : static_cast<double>(stated.size());
  out.expected_error = error / count;
  out.brier = squares / count;
  return out;
}

std::vector<CoverageRow> coverage(std::span<const double> normalised) {
  std::vector<CoverageRow> rows;
  for (const auto& [nominal, deviations] : kIntervals) {
    rows.push_back({nominal, deviations, share_within(normalised, deviations)});
  }
  return rows;
}

double share_within(std::span<const double> normalised, double deviations) {
  if (normalised.empty()) {
    return kNothing;
  }
  const auto inside = std::ranges::count_if(
      normalised, [&](double value) { return std::abs(value) <= deviations; });
  return static_cast<double>(inside) / static_cast<double>(normalised.size());
}

double quantile(std::span<const double> values, double share) {
  if (values.empty()) {
    return kNothing;
  }
  std::vector<double> sorted(values.begin(), values.end());
  std::ranges::sort(sorted);
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace geod::trainer
