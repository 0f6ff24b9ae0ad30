#include <cmath>

#include <nlohmann/json.hpp>

#include "models/json_object.hpp"
#include "models/manifest_sections.hpp"

namespace geod::models {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr double kMaxAmplitude = 1e12;
constexpr double kMaxVelocityMS = 20000.0;
constexpr double kMaxCellM = 10000.0;
constexpr std::size_t kMaxBoundsNameBytes = 64;

bool is_in(double value, double low, double high) {
  return value >= low && value <= high;
}

}  // namespace

Result<void> read_section(const json& object, InversionSettings& shots) {
  ObjectReader reader(object, "shots: ");
  reader.text("bounds_of", shots.bounds_of);
  reader.number("amplitude_min", shots.amplitude_min);
  reader.number("amplitude_max", shots.amplitude_max);
  reader.number("log_k", shots.log_k);
  reader.number("log_c", shots.log_c);
  reader.number("velocity_min_m_s", shots.velocity_min_m_s);
  reader.number("velocity_max_m_s", shots.velocity_max_m_s);
  reader.number("cell_m", shots.cell_m);
  return reader.finish();
}

ordered_json to_section(const InversionSettings& shots) {
  return {{"bounds_of", shots.bounds_of},
          {"amplitude_min", shots.amplitude_min},
          {"amplitude_max", shots.amplitude_max},
          {"log_k", shots.log_k},
          {"log_c", shots.log_c},
          {"velocity_min_m_s", shots.velocity_min_m_s},
          {"velocity_max_m_s", shots.velocity_max_m_s},
          {"cell_m", shots.cell_m}};
}

Result<void> validate_section(const InversionSettings& shots) {
  if (shots.bounds_of.size() > kMaxBoundsNameBytes) {
    return fail(Errc::kModelMismatch,
                "shots: bounds_of has {} bytes, allowed {}",
                shots.bounds_of.size(),
                kMaxBoundsNameBytes);
  }
  if (!is_in(shots.amplitude_min, -kMaxAmplitude, kMaxAmplitude) ||
      !is_in(shots.amplitude_max, -kMaxAmplitude, kMaxAmplitude) ||
      !(shots.amplitude_min < shots.amplitude_max)) {
    return fail(Errc::kModelMismatch,
                "shots: amplitude_min {} and amplitude_max {} must ascend within +-{}",
                shots.amplitude_min,
                shots.amplitude_max,
                kMaxAmplitude);
  }
  if (!is_in(shots.log_k, 1e-12, 1e12) || !is_in(shots.log_c, 0.0, 1e12)) {
    return fail(Errc::kModelMismatch,
                "shots: log_k {} must be in [1e-12, 1e12] and log_c {} in [0, 1e12]",
                shots.log_k,
                shots.log_c);
  }
  if (!(shots.velocity_min_m_s > 0.0 && shots.velocity_min_m_s < shots.velocity_max_m_s &&
        shots.velocity_max_m_s <= kMaxVelocityMS)) {
    return fail(Errc::kModelMismatch,
                "shots: velocity_min_m_s {} and velocity_max_m_s {} must ascend in (0, {}]",
                shots.velocity_min_m_s,
                shots.velocity_max_m_s,
                kMaxVelocityMS);
  }
  if (!(shots.cell_m > 0.0 && shots.cell_m <= kMaxCellM)) {
    return fail(
        Errc::kModelMismatch, "shots: cell_m is {}, allowed (0, {}]", shots.cell_m, kMaxCellM);
  }
  return {};
}

}  // namespace geod::models
