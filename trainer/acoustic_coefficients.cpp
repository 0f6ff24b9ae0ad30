#include "trainer/acoustic_coefficients.hpp"

#include <algorithm>

namespace geod::trainer {

AcousticCoefficients acoustic_coefficients(const AcousticSurvey& survey,
                                           std::span<const double> profile,
                                           std::span<const float> velocities_m_per_s) {
  GEOD_CHECK(velocities_m_per_s.size() == survey.model_cells(), "a model of another shape");
  const auto step_s = static_cast<float>(survey.time_step_s);
  const auto spacing_m = static_cast<float>(survey.spacing_m);
  AcousticCoefficients out;
  out.spread.reserve(velocities_m_per_s.size());
  for (const float velocity_m_per_s : velocities_m_per_s) {
    const float cells = velocity_m_per_s * step_s / spacing_m;
    out.spread.push_back(cells * cells);
  }
  const float slowest = *std::min_element(velocities_m_per_s.begin(), velocities_m_per_s.end());
  for (const double each : profile) {
    out.damping.push_back(static_cast<float>(static_cast<double>(slowest) * each) * step_s);
  }
  out.damping.push_back(0.0F);
  for (const std::size_t column : survey.source_columns) {
    const float metres = velocities_m_per_s[survey.source_row * survey.offsets + column] * step_s;
    out.source_scale.push_back(metres * metres);
  }
  return out;
}

}  // namespace geod::trainer
