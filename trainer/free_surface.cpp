#include "trainer/free_surface.hpp"

#include <cmath>
#include <complex>

namespace geod::trainer {
namespace {

using Complex = std::complex<double>;

/// What both responses share, for one slowness.
struct Slownesses {
  Complex p_vertical;   ///< cos i / alpha
  Complex s_vertical;   ///< cos j / beta
  double s_squared;     ///< 1 / beta^2
  double shear;         ///< 1 / beta^2 - 2 p^2
  Complex denominator;  ///< Rayleigh's
};

Slownesses slownesses(double alpha, double beta, double p) {
  Slownesses out;
  out.p_vertical = std::sqrt(Complex(1.0 / (alpha * alpha) - p * p));
  out.s_vertical = std::sqrt(Complex(1.0 / (beta * beta) - p * p));
  out.s_squared = 1.0 / (beta * beta);
  out.shear = out.s_squared - 2.0 * p * p;
  out.denominator = out.shear * out.shear + 4.0 * p * p * out.p_vertical * out.s_vertical;
  return out;
}

}  // namespace

FreeSurface::Motion FreeSurface::of_p(double slowness_s_km) const {
  const double alpha = p_speed_km_s_;
  const Slownesses s = slownesses(alpha, s_speed_km_s_, slowness_s_km);
  const Complex common = 2.0 * alpha * s.s_squared * s.p_vertical / s.denominator;
  return {(common * s.shear).real(), (2.0 * slowness_s_km * common * s.s_vertical).real()};
}

FreeSurface::Motion FreeSurface::of_sv(double slowness_s_km) const {
  const double beta = s_speed_km_s_;
  const Slownesses s = slownesses(p_speed_km_s_, beta, slowness_s_km);
  const Complex common = 2.0 * beta * s.s_squared * s.s_vertical / s.denominator;
  return {(2.0 * slowness_s_km * common * s.p_vertical).real(), -(common * s.shear).real()};
}

}  // namespace geod::trainer
