#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "catalog/model_error.hpp"
#include "catalog/surface_point.hpp"
#include "catalog/travel_times.hpp"
#include "core/origin.hpp"

namespace geod::catalog {

struct TimeRow;

/// A measured quantity with one standard deviation.
struct Measured {
  double value = 0.0;
  double sigma = 0.0;  ///< positive
  bool operator==(const Measured&) const = default;
};

constexpr int kTrueTime = -1;  ///< of an observation whose clock is right

/// What one pick tells the location.
struct Observation {
  SurfacePoint station;
  double elevation_km = 0.0;
  Phase phase = Phase::kP;
  double time_s = 0.0;  ///< after a reference that all observations share
  double sigma_s = 0.1;
  double share = 1.0;     ///< in (0, 1]: below 1 where many picks are not independent (a fibre's)
  int clock = kTrueTime;  ///< which clock, of unknown error, it shares with others (a fibre's)
  std::optional<Measured> back_azimuth_deg;
  std::optional<Measured> distance_km;
};

struct LocatorOptions {
  /// Standard deviation of a travel time from one path to the next: the larger of the two.
  double model_sigma_s = 0.05;
  double model_sigma_relative = 0.01;
  ModelError model;            ///< what all paths of a neighbourhood share, beside it
  double clock_sigma_s = 1.0;  ///< of the error of a shared clock before its picks are looked at
  double huber_limit = 1.5;    ///< standard deviations, beyond which a residual counts linearly
  double depth_min_km = 0.0;
  double depth_max_km = 60.0;
  double fixed_depth_km = 10.0;       ///< where the data do not tell the depth
  double fixed_depth_sigma_km = 8.0;  ///< of that assumption
  double free_depth_sigma_km = 15.0;  ///< a depth that is less certain is fixed
};

struct Trial {
  SurfacePoint epicentre;
  double depth_km = 10.0;
  double time_s = 0.0;
};

using Covariance = std::array<std::array<double, 4>, 4>;  ///< of east, north, depth (km), time (s)

/// How late a shared clock is, as one location sees it.
struct ClockError {
  int clock = 0;
  double late_s = 0.0;
  double sigma_s = 0.0;  ///< for a given place and time of the event
};

struct Location {
  Trial at;
  Covariance covariance{};
  std::vector<double> residuals_s;  ///< one an observation, as the next two
  std::vector<double> weights;      ///< in [0, 1], Huber's times the share
  std::vector<Way> ways;            ///< from the epicentre to the stations
  std::vector<ClockError> clocks;   ///< one a shared clock, ascending
  double standard_error_s = 0.0;  ///< weighted root mean square of the residuals, clocks set right
  bool depth_is_fixed = false;
};

/// Locates events in a layered earth.
///
/// Start: the best node of a grid by capped absolute residuals, which outliers do not move. Then
/// Geiger's method: damped least squares in east, north, depth and time with Huber's weights, each
/// residual over the standard deviation of pick and model together; back-azimuths and distances of
/// single stations are rows of their own (as in LOCSAT). The error of a shared clock is one unknown
/// more, eliminated from the normal equations: its picks tell by their differences. The depth is
/// fixed, with an uncertainty that enters the ellipse, when the data do not constrain it (as in
/// HYPOINVERSE-2000). Thread: immutable once made; any. Keeps a reference to `travel_times`.
class Locator {
 public:
  Locator(const TravelTimes& travel_times, const LocatorOptions& options)
      : travel_times_(travel_times), options_(options) {}

  const LocatorOptions& options() const { return options_; }
  const TravelTimes& travel_times() const { return travel_times_; }

  double model_sigma_s(double travel_time_s) const;

  /// The best trial of a grid over the stations and a margin around them. At least one observation.
  Trial robust_start(std::span<const Observation> observations) const;

  /// From `start`, or from robust_start. Observations may be as few as one: what they leave open is
  /// held by the start (standard deviation 100 km) and honestly wide in the covariance.
  Location locate(std::span<const Observation> observations,
                  const std::optional<Trial>& start = std::nullopt) const;

  /// Moves a location after its observations changed a little: at most `steps` steps, the depth
  /// free but held loosely by fixed_depth. Residuals and weights are those before the last step.
  Location refine(std::span<const Observation> observations, const Trial& start, int steps) const;

 private:
  struct System;
  enum class Depth { kFree, kHeld, kFixed };

  System equations(std::span<const Observation> observations,
                   const Trial& at,
                   Depth depth,
                   Location* details) const;
  /// Adds the rows of the arrival times, one an observation, the shared clocks set right.
  void add_times(std::span<const Observation> observations,
                 std::span<const TimeRow> rows,
                 System& system,
                 Location* details) const;
  Location iterate(std::span<const Observation> observations,
                   const Trial& start,
                   Depth depth,
                   int steps) const;

  /// Adds to the covariance what comes of travel times that are wrong together.
  void widen(Location& location, std::span<const Observation> observations) const;

  const TravelTimes& travel_times_;
  LocatorOptions options_;
};

/// The origin that a location tells: ellipse, gap, nearest station, quality class. `reference` is
/// the time that the observations' seconds count from. Phases and stations count what has weight;
/// `station_of` names the station of each observation, and a fibre's apertures share one name.
Origin origin_of(const Location& location,
                 std::span<const Observation> observations,
                 std::span<const int> station_of,
                 Time reference,
                 const Locator& locator);

/// A: ellipse within 1 km, depth within 2 km and free, gap below 135 degrees, 8 phases.
/// B: within 2.5 km and 5 km, gap below 180, 6 phases. C: ellipse within 5 km, gap below 270,
/// 4 phases. D: all others. (Major semi-axis and depth of one standard deviation; limits after the
/// classes of HYPO71, Lee and Lahr 1975, USGS OFR 75-311.)
QualityClass location_quality(const Origin& origin);

}  // namespace geod::catalog
