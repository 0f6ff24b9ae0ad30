#include "trainer/scalar_average.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/error.hpp"
#include "models/tensor_specs.hpp"

namespace geod::trainer {
namespace {

constexpr double kDegPerRadian = 180.0 / std::numbers::pi;

AveragedScalar average_directions(std::span<const float> outputs) {
  double cosine = 0.0;
  double sine = 0.0;
  double count = 0.0;
  for (std::size_t i = 0; i + 1 < outputs.size(); i += 2) {
    // Not constrained to the unit circle by the network: a window near no direction weighs as one
    // near a direction.
    const double length = std::hypot(outputs[i], outputs[i + 1]);
    if (length > 0.0) {
      cosine += outputs[i] / length;
      sine += outputs[i + 1] / length;
    }
    count += 1.0;
  }
  AveragedScalar out;
  const double degrees = std::atan2(sine, cosine) * kDegPerRadian;
  out.value = degrees < 0.0 ? degrees + 360.0 : degrees;
  const double resultant = std::clamp(std::hypot(cosine, sine) / count, 1e-6, 1.0);
  out.spread = std::sqrt(-2.0 * std::log(resultant)) * kDegPerRadian;
  return out;
}

}  // namespace

AveragedScalar average_scalar(models::Task task, std::span<const float> outputs) {
  const auto classes = static_cast<std::size_t>(models::scalar_outputs(task));
  GEOD_CHECK(!outputs.empty() && outputs.size() % classes == 0, "whole windows");
  if (task == models::Task::kBaz) {
    return average_directions(outputs);
  }
  const double count = static_cast<double>(outputs.size() / classes);
  double sum = 0.0;
  double squares = 0.0;
  for (std::size_t i = 0; i < outputs.size(); i += classes) {
    const double value = outputs[i];
    sum += value;
    squares += value * value;
  }
  AveragedScalar out;
  out.value = sum / count;
  out.spread = std::sqrt(std::max(0.0, squares / count - out.value * out.value));
  return out;
}

}  // namespace geod::trainer
