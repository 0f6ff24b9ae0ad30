#pragma once

#include <array>

namespace geod::trainer {

/// A point below a flat surface, kilometres: east, north, depth.
using PointKm = std::array<double, 3>;

/// One ray of the crustal model, a circle through both points.
struct CrustalRay {
  double take_off_rad = 0.0;   ///< from straight down
  double slowness_s_km = 0.0;  ///< horizontal, of P
};

/// A crust whose speed grows linearly with depth; rays are circles, so travel times are exact.
/// Source: any textbook, e.g. Shearer, Introduction to Seismology, 4.2; numbers of a usual
/// continental crust.
struct CrustalModel {
  double p_speed_km_s = 5.5;     ///< at the surface
  double gradient_per_s = 0.03;  ///< of the P speed, km/s per km
  double p_to_s = 1.73;
  double density_kg_m3 = 2700.0;

  double p_speed_at(double depth_km) const { return p_speed_km_s + gradient_per_s * depth_km; }

  /// To a receiver that lies above the source.
  CrustalRay p_ray(const PointKm& source, const PointKm& receiver) const;

  /// arcosh(1 + g^2 d^2 / (2 v1 v2)) / g.
  double p_travel_time_s(const PointKm& source, const PointKm& receiver) const;
  double s_travel_time_s(const PointKm& source, const PointKm& receiver) const {
    return p_to_s * p_travel_time_s(source, receiver);
  }
};

double distance_km(const PointKm& a, const PointKm& b);

/// A shear dislocation: strike, dip and rake in radians.
struct DoubleCouple {
  double strike = 0.0;
  double dip = 0.0;
  double rake = 0.0;

  struct Radiation {
    double p = 0.0;  ///< positive: away from the source, up at the station
    double sv = 0.0;
    double sh = 0.0;
  };
  /// Far-field radiation factors for a ray that leaves with `azimuth` (from north, clockwise) and
  /// `take_off` (from straight down). Source: Aki & Richards (2002), equations 4.89 to 4.91.
  Radiation radiation(double azimuth, double take_off) const;
};

/// Seismic moment in N m of a moment magnitude (Hanks & Kanamori 1979).
double seismic_moment_n_m(double magnitude);

/// Corner frequency of Brune's (1970) source for an S speed in km/s and a stress drop in MPa.
double brune_corner_hz(double moment_n_m, double s_speed_km_s, double stress_drop_mpa);

}  // namespace geod::trainer
