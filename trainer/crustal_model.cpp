#include "trainer/crustal_model.hpp"

#include <algorithm>
#include <cmath>

namespace geod::trainer {

double distance_km(const PointKm& a, const PointKm& b) {
  return std::sqrt((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) +
                   (a[2] - b[2]) * (a[2] - b[2]));
}

double CrustalModel::p_travel_time_s(const PointKm& source, const PointKm& receiver) const {
  const double distance = distance_km(source, receiver);
  const double v1 = p_speed_at(source[2]);
  const double v2 = p_speed_at(receiver[2]);
  const double g = gradient_per_s;
  return std::acosh(1.0 + g * g * distance * distance / (2.0 * v1 * v2)) / g;
}

CrustalRay CrustalModel::p_ray(const PointKm& source, const PointKm& receiver) const {
  const double horizontal =
      std::max(1e-6, std::hypot(receiver[0] - source[0], receiver[1] - source[1]));
  // Heights above the level where the speed would be 0: the circle's centre lies in it.
  const double from = p_speed_at(source[2]) / gradient_per_s;
  const double to = p_speed_at(receiver[2]) / gradient_per_s;
  const double centre = (horizontal * horizontal + to * to - from * from) / (2.0 * horizontal);
  const double radius = std::hypot(centre, from);
  return {std::acos(centre / radius), 1.0 / (gradient_per_s * radius)};
}

DoubleCouple::Radiation DoubleCouple::radiation(double azimuth, double take_off) const {
  const double phi = azimuth - strike;
  const double sin_i = std::sin(take_off);
  const double cos_i = std::cos(take_off);
  const double sin_2i = std::sin(2.0 * take_off);
  const double cos_2i = std::cos(2.0 * take_off);
  const double strike_slip = std::cos(rake) * std::sin(dip);
  const double dip_slip = std::sin(rake) * std::sin(2.0 * dip);
  const double rotation = std::cos(rake) * std::cos(dip);
  const double tilt = std::sin(rake) * std::cos(2.0 * dip);
  const double sin_phi = std::sin(phi);
  const double cos_phi = std::cos(phi);
  Radiation out;
  out.p = strike_slip * sin_i * sin_i * std::sin(2.0 * phi) - rotation * sin_2i * cos_phi +
          dip_slip * (cos_i * cos_i - sin_i * sin_i * sin_phi * sin_phi) + tilt * sin_2i * sin_phi;
  out.sv = tilt * cos_2i * sin_phi - rotation * cos_2i * cos_phi +
           0.5 * strike_slip * sin_2i * std::sin(2.0 * phi) -
           0.5 * dip_slip * sin_2i * (1.0 + sin_phi * sin_phi);
  out.sh = rotation * cos_i * sin_phi + strike_slip * sin_i * std::cos(2.0 * phi) +
           tilt * cos_i * cos_phi - 0.5 * dip_slip * sin_i * std::sin(2.0 * phi);
  return out;
}

double seismic_moment_n_m(double magnitude) {
  return std::pow(10.0, 1.5 * magnitude + 9.1);
}

double brune_corner_hz(double moment_n_m, double s_speed_km_s, double stress_drop_mpa) {
  constexpr double kBrune = 0.4906;
  return kBrune * s_speed_km_s * 1e3 * std::cbrt(stress_drop_mpa * 1e6 / moment_n_m);
}

}  // namespace geod::trainer
