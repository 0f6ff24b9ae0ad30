#include "models/scalar_decoder.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <numeric>

#include "core/error.hpp"
#include "models/calibration.hpp"

namespace geod::models {
namespace {

constexpr double kDegrees = 180.0 / std::numbers::pi;
constexpr double kHalfCircle_deg = 180.0;
constexpr double kCircle_deg = 360.0;
/// A mean of unit vectors shorter than this is rounding.
constexpr double kLeastResultant = 1e-6;

/// Where the manifest has measured none.
constexpr double kMagnitudeSigma = 2.0;
constexpr double kRelativeDistanceSigma = 1.0;

double sigma_or(const ScalarSettings& settings, double unmeasured) {
  return settings.sigma > 0.0 ? settings.sigma : unmeasured;
}

struct Mean {
  double value = 0.0;
  double spread = 0.0;  ///< sample standard deviation; 0 for one value
};

Mean mean_of(std::span<const float> values) {
  const auto count = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  double squares = 0.0;
  for (const float value : values) {
    squares += (static_cast<double>(value) - mean) * (static_cast<double>(value) - mean);
  }
  return {mean, values.size() > 1 ? std::sqrt(squares / (count - 1.0)) : 0.0};
}

/// `outputs`: [N, 2], up and down.
EstimateValue polarity_of(const ScalarSettings& settings, std::span<const float> outputs) {
  double up = 0.0;
  for (std::size_t i = 0; i < outputs.size(); i += 2) {
    up += static_cast<double>(outputs[i]);
  }
  const double mean = up / static_cast<double>(outputs.size() / 2);
  const bool is_up = mean >= 0.5;
  const double likelier =
      std::clamp(calibrated(settings.calibration, is_up ? mean : 1.0 - mean), 0.0, 1.0);
  return PolarityEstimate{is_up ? likelier : 1.0 - likelier};
}

/// `outputs`: [N, 2], cosine and sine of the angle from north, of any length.
std::optional<EstimateValue> back_azimuth_of(const ScalarSettings& settings,
                                             std::span<const float> outputs) {
  double north = 0.0;
  double east = 0.0;
  for (std::size_t i = 0; i < outputs.size(); i += 2) {
    const double length =
        std::hypot(static_cast<double>(outputs[i]), static_cast<double>(outputs[i + 1]));
    if (length > 0.0) {
      north += static_cast<double>(outputs[i]) / length;
      east += static_cast<double>(outputs[i + 1]) / length;
    }
  }
  const double resultant = std::hypot(north, east) / static_cast<double>(outputs.size() / 2);
  if (resultant < kLeastResultant) {
    return std::nullopt;
  }
  const double angle_deg = std::atan2(east, north) * kDegrees;
  const double spread_deg = std::sqrt(-2.0 * std::log(std::min(resultant, 1.0))) * kDegrees;
  // Adding a circle to a tiny negative angle may give a whole one.
  const double bearing_deg = angle_deg < 0.0 ? angle_deg + kCircle_deg : angle_deg;
  return BackAzimuthEstimate{
      bearing_deg < kCircle_deg ? bearing_deg : 0.0,
      std::min(std::hypot(sigma_or(settings, kHalfCircle_deg), spread_deg), kHalfCircle_deg)};
}

}  // namespace

std::optional<EstimateValue> decode_scalar(Task task,
                                           const ScalarSettings& settings,
                                           std::span<const float> outputs) {
  const std::size_t classes = task == Task::kPmp || task == Task::kBaz ? 2 : 1;
  GEOD_CHECK(task != Task::kDpk && !outputs.empty() && outputs.size() % classes == 0,
             "outputs of whole windows of a scalar task");
  if (!std::all_of(
          outputs.begin(), outputs.end(), [](float value) { return std::isfinite(value); })) {
    return std::nullopt;
  }
  if (task == Task::kPmp) {
    return polarity_of(settings, outputs);
  }
  if (task == Task::kBaz) {
    return back_azimuth_of(settings, outputs);
  }
  const Mean mean = mean_of(outputs);
  if (task == Task::kEmg) {
    return NeuralMagnitudeEstimate{mean.value,
                                   std::hypot(sigma_or(settings, kMagnitudeSigma), mean.spread)};
  }
  const double distance_km = std::max(mean.value, 0.0);
  return DistanceEstimate{
      distance_km,
      std::hypot(sigma_or(settings, kRelativeDistanceSigma) * distance_km, mean.spread)};
}

}  // namespace geod::models
