#pragma once

#include <string>

namespace geod::models {

/// How shots and velocity maps become what an InversionNet computes with. Source: the transforms of
/// OpenFWI (Deng et al. 2022, and its code). The functions are in models/inversion_scaling.hpp.
struct InversionSettings {
  /// The data set whose bounds of amplitude these are, for people: "openfwi", "flatvel-b".
  std::string bounds_of = "openfwi";
  /// Smallest and largest amplitude of the shots; the extremes of OpenFWI's ten sets (those of
  /// CurveVel-B). Values beyond them are not cut.
  double amplitude_min = -29.04;
  double amplitude_max = 57.03;
  /// s = sign(x) ln(1 + |log_k x| + log_c).
  double log_k = 1.0;
  double log_c = 0.0;
  /// Velocities that become -1 and 1.
  double velocity_min_m_s = 1500.0;
  double velocity_max_m_s = 4500.0;
  /// Width and height of a cell of the velocity map.
  double cell_m = 10.0;
};

}  // namespace geod::models
