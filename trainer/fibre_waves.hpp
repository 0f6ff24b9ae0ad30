#pragma once

#include <vector>

#include "trainer/fibre_field.hpp"
#include "trainer/fibre_moveout.hpp"
#include "trainer/rng.hpp"

namespace geod::trainer {

/// A wave train at one place, sampled finely: 0 before its onset at time 0, largest value 1.
class WaveTrainSource {
 public:
  /// A pulse that rises within `rise_s`, rings about `corner_hz` and dies with `decay_s`.
  WaveTrainSource(Rng& rng, double corner_hz, double rise_s, double decay_s);
  /// Endless noise about `corner_hz` over `length_s`, deviation 1; it begins at time 0.
  static WaveTrainSource noise(Rng& rng, double corner_hz, double quality, double length_s);

  /// Mean over [t - crossing/2, t + crossing/2]: what a gauge sees that the front takes
  /// `crossing_s` to pass.
  double at(double t_s, double crossing_s) const;
  double length_s() const { return step_s_ * static_cast<double>(integral_.size() - 1); }

 private:
  WaveTrainSource(std::vector<double> samples, double step_s);
  double integral_at(double t_s) const;

  double step_s_;
  std::vector<double> integral_;  ///< from 0 to every sample
};

/// How a phase looks: size and decay.
struct PhaseLook {
  double corner_hz = 10.0;
  double rise_s = 0.02;
  double decay_s = 0.2;        ///< of the direct pulse
  double coda_s = 1.0;         ///< of everything after it
  double echo_level = 0.5;     ///< of waves that follow on about the same path
  double scatter_level = 0.3;  ///< of what differs from channel to channel
  double amplitude = 1.0;      ///< of the pulse, where response and site gain are 1
};

/// Adds a phase to a field whose row 0 is at `origin_s` before the moveout's zero... see the
/// parameters.
/// @param zero_row  row (fractions allowed) of the moveout's time 0. @param site_gain  a channel.
void add_phase(Rng& rng,
               const FibreMoveout& moveout,
               const PhaseLook& look,
               double zero_row,
               std::span<const double> site_gain,
               double rate_hz,
               FibreField& field);

}  // namespace geod::trainer
