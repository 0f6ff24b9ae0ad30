#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/error.hpp"

namespace geod::trainer {

/// Sources and receivers in one row of a square grid, and how the waves are computed. The defaults
/// are the survey of OpenFWI. Source: lanl/OpenFWI issue 12 (constants of its generator); the
/// scheme is written down in docs/fwi-synthetics.md.
struct AcousticSurvey {
  std::size_t depths = 70;   ///< rows of a velocity model
  std::size_t offsets = 70;  ///< columns of a velocity model; a receiver in each
  std::size_t times = 1000;  ///< samples of a trace; sample n is the field at (n + 1) time steps
  /// Where five equal parts of 0..69 end, halves rounded to the even column.
  std::vector<std::size_t> source_columns{0, 17, 34, 52, 69};
  std::size_t source_row = 1;
  std::size_t receiver_row = 1;
  double spacing_m = 10.0;
  double time_step_s = 1e-3;
  double frequency_hz = 15.0;       ///< peak of the Ricker wavelet
  std::size_t sponge_cells = 120;   ///< absorbing cells around the model, on all four sides
  double sponge_reflection = 1e-7;  ///< what the sponge lets through and back; 1: no damping

  std::size_t model_cells() const { return depths * offsets; }
  /// Values of one gather: [times, receivers].
  std::size_t gather_values() const { return times * offsets; }
  /// Values of all gathers of a model: [sources, times, receivers].
  std::size_t record_values() const { return source_columns.size() * gather_values(); }
};

/// kUnsupported naming what is wrong: no source, a source or row outside the model, a sponge of
/// less than two cells, or steps that are not positive.
Result<void> validate(const AcousticSurvey& survey);

/// kUnsupported when a velocity is not finite, not positive, or so fast that the scheme would blow
/// up: v dt / dx above sqrt(3/8), which is the limit of second order in time and fourth in space.
/// @param velocities_m_per_s  [depths, offsets]
Result<void> validate_model(const AcousticSurvey& survey,
                            std::span<const float> velocities_m_per_s);

/// validate_model of each model, with its number before what is wrong. The sizes must be whole
/// models and their records.
/// @param velocities_m_per_s  [N, depths, offsets]
/// @param records  [N, sources, times, receivers]
Result<void> validate_models(const AcousticSurvey& survey,
                             std::span<const float> velocities_m_per_s,
                             std::span<const float> records);

/// The source, one value a time step: a Ricker wavelet of 2 floor(1.1 / (frequency dt)) + 1 samples
/// with its peak in the middle, zeros after it. [times]
std::vector<float> source_wavelet(const AcousticSurvey& survey);

/// Damping of a sponge cell divided by the slowest velocity of the model, in 1/m: from the cell
/// that touches the model to the outermost, growing with the square. [sponge_cells]
/// Source: Collino and Tsogka (2001), Geophysics 66, equation 20 for the profile.
std::vector<double> sponge_profile(const AcousticSurvey& survey);

}  // namespace geod::trainer
