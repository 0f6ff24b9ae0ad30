#include "catalog/network_magnitude.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "core/error.hpp"

namespace geod::catalog {
namespace {

/// Of the normal distribution: standard deviation over median absolute deviation.
constexpr double kDeviationsPerMad = 1.4826;
constexpr std::size_t kLeastForOutliers = 3;

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : 0.5 * (values[half - 1] + values[half]);
}

std::vector<double> counting(const std::vector<StationMagnitude>& contributions) {
  std::vector<double> values;
  for (const StationMagnitude& each : contributions) {
    if (each.weight > 0.0) {
      values.push_back(each.value);
    }
  }
  return values;
}

void drop_outliers(std::vector<StationMagnitude>& contributions, double largest_residual) {
  const std::vector<double> values = counting(contributions);
  const double centre = median(values);
  const auto is_outlier = [&](double value) { return std::abs(value - centre) > largest_residual; };
  const auto outliers =
      static_cast<std::size_t>(std::count_if(values.begin(), values.end(), is_outlier));
  if (values.size() < kLeastForOutliers || 2 * outliers >= values.size()) {
    return;
  }
  for (StationMagnitude& each : contributions) {
    if (each.weight == 0.0 || !is_outlier(each.value)) {
      continue;
    }
    each.weight = 0.0;
    for (Amplitude& amplitude : each.amplitudes) {
      if (amplitude.use == AmplitudeUse::kUsed) {
        amplitude.use = AmplitudeUse::kOutlier;
      }
    }
  }
}

int rank(const Magnitude& magnitude, int enough_stations) {
  if (magnitude.type == MagnitudeType::kMl) {
    return magnitude.stations >= enough_stations ? 0 : 2;
  }
  return 1;
}

}  // namespace

double local_magnitude(double amplitude_nm, double hypocentral_km) {
  const double r_km = std::max(hypocentral_km, kLeastHypocentralKm);
  return std::log10(amplitude_nm) + 1.11 * std::log10(r_km) + 0.00189 * r_km - 2.09;
}

Magnitude network_magnitude(std::vector<StationMagnitude> contributions, double largest_residual) {
  GEOD_CHECK(!counting(contributions).empty(), "no station magnitude counts");
  drop_outliers(contributions, largest_residual);
  const std::vector<double> values = counting(contributions);
  Magnitude magnitude;
  magnitude.type = contributions.front().type;
  magnitude.value = median(values);
  magnitude.stations = static_cast<int>(values.size());
  std::vector<double> deviations;
  deviations.reserve(values.size());
  for (const double value : values) {
    deviations.push_back(std::abs(value - magnitude.value));
  }
  magnitude.uncertainty =
      kDeviationsPerMad * median(deviations) / std::sqrt(static_cast<double>(values.size()));
  for (StationMagnitude& each : contributions) {
    each.residual = each.value - magnitude.value;
  }
  magnitude.contributions = std::move(contributions);
  return magnitude;
}

void order_by_preference(std::vector<Magnitude>& magnitudes, int enough_stations) {
  std::stable_sort(magnitudes.begin(),
                   magnitudes.end(),
                   [enough_stations](const Magnitude& a, const Magnitude& b) {
                     return rank(a, enough_stations) < rank(b, enough_stations);
                   });
}

}  // namespace geod::catalog
