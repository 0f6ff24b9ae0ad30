#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "catalog/velocity_model.hpp"
#include "core/error.hpp"
#include "core/pick.hpp"

namespace geod::catalog {

class RayFan;
struct RayTime;

/// Time from a source to a receiver and how it changes as the source moves.
struct Arrival {
  double time_s = 0.0;
  double dt_dx = 0.0;  ///< s/km of epicentral distance
  double dt_dz = 0.0;  ///< s/km of source depth, positive when a deeper source arrives later
};

/// From a source to a receiver.
struct Path {
  double distance_km = 0.0;
  double depth_km = 0.0;      ///< of the source
  double elevation_km = 0.0;  ///< of the receiver
};

/// What a table covers. Sources lie between the highest receiver (or sea level) and `depth_max_km`.
struct TravelTimeRange {
  double distance_max_km = 1000.0;  ///< at most 2,000
  double depth_max_km = 100.0;      ///< of sources; at most 300
  double elevation_min_km = 0.0;    ///< of receivers; below sea level negative, at least -11
  double elevation_max_km = 0.0;    ///< at most 9
};

/// Times of the first P and the first S of one velocity model, from tables made once.
///
/// At the nodes of the tables times and slownesses are those of rays traced in the spherical earth,
/// down and up, along interfaces and, where a low-velocity zone leaves a shadow, around it; up to
/// receivers at their height in steps of half a kilometre. In between, the time over the straight
/// distance from source to receiver is interpolated, by bicubic Hermite polynomials in distance and
/// depth and linearly in elevation: so the time is continuous with its derivatives, which are those
/// of the polynomial, exactly.
///
/// Thread: immutable once made; any.
class TravelTimes {
 public:
  /// `threads` share the work; at least 1. kConfig when the range is empty or too wide.
  static Result<TravelTimes> make(const VelocityModel& model,
                                  const TravelTimeRange& range,
                                  int threads);

  const std::string& model_name() const { return model_name_; }
  const TravelTimeRange& range() const { return range_; }

  /// Distances are those on a sphere of kEarthRadiusKm, 111.195 km a degree. Beyond the range the
  /// time goes on straight, with the derivatives at its border. `distance_km` is not negative and
  /// all arguments are finite.
  Arrival first_arrival(Phase phase,
                        double distance_km,
                        double depth_km,
                        double elevation_km = 0.0) const;

  /// The same for many at once, one arrival a path. Twice as fast where the tables do not fit the
  /// caches, as the memory of later paths is fetched ahead.
  void first_arrivals(Phase phase, std::span<const Path> paths, std::span<Arrival> arrivals) const;

 private:
  /// At one node: time over straight distance, and its derivatives by depth, by distance and by
  /// both, a step of the grid. A vector of GCC and clang, as these four are always used together.
  using Node = float __attribute__((vector_size(16)));
  /// Depths of sources and receivers in one ascending list, and where each of both is in it.
  struct Depths {
    std::vector<double> all_km;
    std::vector<std::size_t> sources;
    std::vector<std::size_t> levels;
  };
  /// Where a path lies in the grid, clamped to it.
  struct Spot {
    std::size_t corner;
    float x_part;
    float z_part;
    float level_part;
    double x_km;
    double z_km;
  };

  TravelTimes() = default;
  Spot spot_of(const Path& path) const;
  Arrival interpolate(const std::vector<Node>& nodes, const Path& path, const Spot& spot) const;
  static Depths depths_of(const std::vector<double>& sources_km,
                          const std::vector<double>& levels_km);
  /// `near` is the slowness where source and receiver coincide.
  static Node mean_slowness(const RayTime& ray, double x_km, double height_km, double near);
  std::size_t row_nodes() const {
    return static_cast<std::size_t>(distances_) * static_cast<std::size_t>(levels_);
  }
  void fill(const VelocityModel& model, const Depths& depths, int threads);
  void fill_row(const RayFan& fan, const Depths& depths, std::size_t source, Node* row) const;
  void fill_cross_derivatives(std::vector<Node>& nodes) const;

  std::string model_name_;
  TravelTimeRange range_;
  double depth_min_km_ = 0.0;
  int distances_ = 0;
  int depths_ = 0;
  int levels_ = 0;
  std::array<std::vector<Node>, 2> nodes_;  ///< [depths, distances, levels] of P and of S
};

}  // namespace geod::catalog
