#pragma once

#include <optional>

#include "core/estimate.hpp"

namespace geod::catalog {

/// A length with one standard deviation.
struct Length {
  double km = 0.0;
  double sigma_km = 0.0;
  bool operator==(const Length&) const = default;
};

/// Time from a P to an S pick of one instrument, with one standard deviation.
struct SMinusP {
  double seconds = 0.0;  ///< positive
  double sigma_s = 0.0;
};

/// Epicentral distance of an event in the crust from direct P and S.
///
/// Hypocentral distance D = (S - P) vp vs / (vp - vs) in a half-space with vp = 6.0 km/s and
/// vp / vs = sqrt(3) (a Poisson solid; Lay and Wallace 1995, Modern Global Seismology, 3.1), that
/// is 8.2 km a second. The focus lies anywhere between the surface and 15 km (the seismogenic
/// crust): the result is the middle of the two epicentral distances, D and sqrt(D^2 - 15^2), with
/// half their difference as a standard deviation; added in squares are 10 % of D for the
/// velocities, head waves included up to 250 km, and the uncertainty of the two picks.
Length distance_from_s_minus_p(const SMinusP& interval);

/// Mean of two independent lengths weighted with their inverse variances (Bevington and Robinson
/// 2003, 4.1). Where they differ by more than their uncertainties explain, the standard deviation
/// of the mean is widened by the Birge ratio, |a - b| / sqrt(var a + var b).
Length weighted_mean(const Length& a, const Length& b);

/// The epicentre as one station sees it. `distance` holds a DistanceEstimate and `back_azimuth` a
/// BackAzimuthEstimate of the same pick; without `interval` the distance is the network's alone.
StationLocation locate_from_one_station(const Estimate& distance,
                                        const Estimate& back_azimuth,
                                        const std::optional<SMinusP>& interval);

struct Epicentre {
  double latitude_deg = 0.0;
  double longitude_deg = 0.0;  ///< in [-180, 180]
};

/// From the station along the back-azimuth, on the WGS84 ellipsoid (Karney 2013, GeographicLib).
Epicentre epicentre_of(const StationLocation& location,
                       double station_latitude_deg,
                       double station_longitude_deg);

/// One standard deviation: 39 % of a two-dimensional normal distribution lie inside.
struct ErrorEllipse {
  double along_km = 0.0;   ///< semi-axis in the direction of the station
  double across_km = 0.0;  ///< semi-axis across it: the arc of the back-azimuth's uncertainty
};
ErrorEllipse error_ellipse_of(const StationLocation& location);

}  // namespace geod::catalog
