#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/pick.hpp"

namespace geod::catalog {

/// Radius that turns kilometres along the surface into angles, and depths into radii. Sea level.
inline constexpr double kEarthRadiusKm = 6371.0;

/// Velocities at one depth; between two knots they change linearly with depth.
struct VelocityKnot {
  double depth_km = 0.0;  ///< below sea level
  double vp_km_per_s = 0.0;
  double vs_km_per_s = 0.0;

  double velocity(Phase phase) const { return phase == Phase::kP ? vp_km_per_s : vs_km_per_s; }
};

/// A spherical earth whose velocities depend on depth alone. Knots are ordered by depth, two of the
/// same depth are a step. Above the first knot and below the last its velocities go on unchanged.
struct VelocityModel {
  std::string name;
  std::vector<VelocityKnot> knots;
};

/// Down to 760 km of iasp91 (Kennett and Engdahl 1991, Geophys. J. Int. 105, 429-465).
VelocityModel iasp91();

/// Down to 760 km of ak135 (Kennett, Engdahl and Buland 1995, Geophys. J. Int. 122, 108-124).
VelocityModel ak135();

/// A continental crust of 35 km with Vp/Vs 1.73 over the mantle of iasp91: 5.8 to 6.1 km/s down to
/// 15 km, 6.3 to 6.7 km/s below. For networks without a model of their own; it is no one's in
/// particular.
VelocityModel continental_crust();

/// Reads lines of `depth vp vs` in km and km/s; `#` starts a comment, a repeated depth is a step.
/// The first depth is at or above sea level (0 or negative), the last line goes on downwards.
/// kConfig, with the line, for anything that is not such a model: at most 1,000 lines, depths that
/// do not decrease down to 1,000 km, velocities of rock (vs above 0.1, vp at least 1.2 vs, at most
/// 15).
Result<VelocityModel> parse_velocity_model(std::string_view text, std::string name);

/// "iasp91", "ak135", "continental", or the path of a file as parse_velocity_model reads it.
/// kConfig as there, kNotFound and kIo of the file.
Result<VelocityModel> find_velocity_model(const std::string& name_or_path);

}  // namespace geod::catalog
