#pragma once

#include <array>
#include <span>

#include "catalog/surface_point.hpp"
#include "core/pick.hpp"

namespace geod::catalog {

/// What layers do not know of the earth: the error of their travel times.
///
/// It grows along the path, has a part from the sediments below the station, which slow S down more
/// than P, and is much the same at neighbouring stations, so that many picks do not average it out.
/// The defaults stand for a crust with basins: travel-time residuals of well located local events
/// in layered models are 0.1 to 0.3 s for P and twice that for S.
struct ModelError {
  double near_s = 0.2;           ///< of P below the station, one standard deviation
  double near_s_factor = 2.0;    ///< how many times larger that is for S
  double relative = 0.02;        ///< of the travel time
  double correlation_km = 25.0;  ///< between stations over which correlation falls to 1/e; positive
  double correlation_of_phases = 0.5;  ///< of P and S at one station

  /// Standard deviation of a travel time.
  double sigma_s(Phase phase, double travel_time_s) const;
  /// Of the errors at two stations so far apart.
  double correlation(double distance_km, bool same_phase) const;
};

/// For layers that are the truth, as those of a synthetic test.
constexpr ModelError kExactModel{0.0, 1.0, 0.0, 1.0, 0.0};

/// How a weighted sum follows the error of one travel time: its change in four unknowns for one
/// standard deviation.
struct Pull {
  SurfacePoint station;
  Phase phase = Phase::kP;
  std::array<double, 4> by{};
};

/// The covariance of the sum.
std::array<std::array<double, 4>, 4> shared_error(std::span<const Pull> pulls,
                                                  const ModelError& model);

}  // namespace geod::catalog
