#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "catalog/velocity_model.hpp"
#include "core/pick.hpp"

namespace geod::catalog {

/// First arrival at one distance.
struct RayTime {
  double time_s = 0.0;
  double dt_dx = 0.0;  ///< s/km of distance at sea level: the ray parameter
  double dt_dz = 0.0;  ///< s/km of source depth
};

/// The rays of one phase through a spherical earth, for sources and receivers at given depths.
///
/// The earth is cut into shells in which the velocity is a power of the radius, v = A r^B, thin
/// enough that this is the model's straight line; distance and time of a ray in such a shell are
/// closed expressions (Bullen and Bolt 1985, An Introduction to the Theory of Seismology, 7.2).
/// One fan of ray parameters is summed through all shells; every shell's own slowness is in it, so
/// that each branch begins and ends on a ray. Between two rays the time is the cubic that has their
/// times and ray parameters.
///
/// Thread: immutable once made; any.
class RayFan {
 public:
  /// `depths_km`: of all sources and receivers, ascending, each once, at most 300 km.
  RayFan(const VelocityModel& model, Phase phase, std::span<const double> depths_km);

  /// First arrivals at distances 0, step, 2 step, ... for each element of `times`. `source` and
  /// `receiver` count the depths given to the constructor.
  void first_arrivals(std::size_t source,
                      std::size_t receiver,
                      double step_km,
                      std::span<RayTime> times) const;

  /// Horizontal slowness of the faster side of a depth, s/km.
  double slowness_at(std::size_t depth) const;

 private:
  /// Slownesses are radius over velocity, in seconds a radian, as ray parameters are.
  struct Shell {
    double top_radius_km;
    double bottom_radius_km;
    double top_slowness;
    double bottom_slowness;
    double exponent;  ///< of the radius as a power of the slowness
  };
  /// What a ray has gone through from the top of the model to a boundary between shells.
  struct Sum {
    double angle;
    double time_s;
    int closed;  ///< shells above that the ray cannot pass
  };
  /// A point of a branch of the travel-time curve.
  struct Point {
    double distance_km;
    double time_s;
    double ray_parameter;
  };
  class Curve;

  void cut_shells(const VelocityModel& model, Phase phase, std::span<const double> depths_km);
  void choose_ray_parameters();
  void sum_rays();
  void add_direct(std::size_t upper, std::size_t lower, Curve& curve) const;
  void add_turning(std::size_t upper, std::size_t lower, Curve& curve) const;
  void add_along_boundaries(std::size_t upper, std::size_t lower, Curve& curve) const;
  /// Whether the ray gets from one boundary down to another.
  bool reaches(std::size_t ray, std::size_t upper, std::size_t boundary) const;
  /// From both ends down to a boundary.
  Point down_and_up(std::size_t ray,
                    std::size_t upper,
                    std::size_t lower,
                    std::size_t boundary) const;
  const Sum& sum(std::size_t ray, std::size_t boundary) const {
    return sums_[ray * (shells_.size() + 1) + boundary];
  }

  std::vector<Shell> shells_;             ///< from the top
  std::vector<std::size_t> boundary_of_;  ///< of each depth: the shell that begins there
  std::vector<double> ray_parameters_;    ///< descending
  std::vector<Sum> sums_;                 ///< [rays, boundaries]
  std::vector<std::size_t> critical_;     ///< boundaries along which waves run
};

}  // namespace geod::catalog
