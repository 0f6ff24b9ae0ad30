#pragma once

#include <span>
#include <vector>

#include "trainer/acoustic_survey.hpp"

namespace geod::trainer {

/// What a velocity model multiplies the field with, in float32 and rounded step by step, as arrays
/// of float32 are. CPU and GPU take these numbers, so that both compute the same.
struct AcousticCoefficients {
  std::vector<float> spread;        ///< (v dt / dx)^2, [depths, offsets]
  std::vector<float> damping;       ///< of a time step, by depth in the sponge; 0 inside, the last
  std::vector<float> source_scale;  ///< (v dt)^2 at each source
};

/// @param profile  of sponge_profile
/// @param velocities_m_per_s  [depths, offsets] of validate_model
AcousticCoefficients acoustic_coefficients(const AcousticSurvey& survey,
                                           std::span<const double> profile,
                                           std::span<const float> velocities_m_per_s);

}  // namespace geod::trainer
