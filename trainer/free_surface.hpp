#pragma once

namespace geod::trainer {

/// The ground where a sensor stands: what it does to a body wave that comes up with a given
/// horizontal slowness.
class FreeSurface {
 public:
  FreeSurface(double p_speed_km_s, double s_speed_km_s)
      : p_speed_km_s_(p_speed_km_s), s_speed_km_s_(s_speed_km_s) {}

  /// Displacement for an incident wave of unit amplitude.
  struct Motion {
    double up = 0.0;
    double radial = 0.0;  ///< away from the source
  };

  /// P that pushes up and away from the source. `slowness_s_km` below 1 / P speed.
  Motion of_p(double slowness_s_km) const;
  /// SV that moves up and towards the source (Aki and Richards' sense). Beyond the critical
  /// slowness the part in phase with the incident wave.
  Motion of_sv(double slowness_s_km) const;
  /// SH is doubled at every slowness.
  static constexpr double kOfSh = 2.0;

  // Source: Aki & Richards (2002), 5.2.2, sums of incident and reflected waves at z = 0.

 private:
  double p_speed_km_s_;
  double s_speed_km_s_;
};

}  // namespace geod::trainer
