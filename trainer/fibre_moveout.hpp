#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "core/error.hpp"
#include "core/pick.hpp"
#include "trainer/fibre_path.hpp"

namespace geod::trainer {

/// How a plane wave strains a fibre along its axis, relative to its largest strain:
/// (n . f)(p . f) for the direction n it travels in, its polarisation p, and the fibre f. For P
/// (p = n) cos^2 of the angle to the fibre; for S polarised in the plane of n and f, sin(2
/// angle)/2. Source: f . grad u . f of u = p U(t - n . x / c).
double axial_response(const Vector3& travels, const Vector3& polarisation, const Vector3& fibre);

/// What a gauge length does to a wave of angular frequency w that passes it in `crossing_s`: the
/// mean of the strain over the gauge is sin(x)/x times that of its middle, x = w crossing_s / 2.
double gauge_response(double angular_frequency, double crossing_s);

/// One phase on every channel of a fibre.
struct FibreMoveout {
  Phase phase = Phase::kP;
  std::vector<double> time_s;      ///< after the origin (of a source) or a curve's zero
  std::vector<double> response;    ///< signed: direction, spreading, 1 / speed (relative)
  std::vector<double> crossing_s;  ///< how long the front takes along the gauge
  /// Of the wave that the ground surface sends back down a borehole; empty without a borehole.
  std::vector<double> reflected_s;

  std::size_t channels() const { return time_s.size(); }
};

/// Exact times and directions in a crust of linear gradient, for a source deeper than the fibre.
/// @param polarisation_rad  of S: 0 in the vertical plane of the ray (SV), pi/2 horizontal (SH).
FibreMoveout moveout_of_source(const FibrePath& path,
                               const CrustalModel& crust,
                               const PointKm& source,
                               Phase phase,
                               double polarisation_rad,
                               double gauge_m);

/// Fills `reflected_s` from the times, channel 0 being at the surface: the way back is as long.
void reflect_at_top(FibreMoveout& moveout);

/// Observed times: directions from their slope along the fibre, for a local speed in km/s.
FibreMoveout moveout_of_curve(std::span<const double> time_s,
                              double spacing_m,
                              double speed_km_s,
                              Phase phase,
                              double polarisation_rad,
                              double gauge_m);

/// Observed P and S times along a fibre, evenly spaced.
struct FibreCurve {
  double spacing_m = 0.0;
  std::vector<double> p_s;
  std::vector<double> s_s;  ///< later than P everywhere
};

/// Reads a table `curve,distance_m,p_s,s_s`. kNotFound, kCorruptRecord naming file and curve: fewer
/// than two points, uneven distances, S not after P.
Result<std::vector<FibreCurve>> read_fibre_curves(const std::filesystem::path& path);

}  // namespace geod::trainer
