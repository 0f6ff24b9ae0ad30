#include "catalog/locator.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <vector>

#include "catalog/shared_clock.hpp"
#include "core/error.hpp"

namespace geod::catalog {
namespace {

constexpr double kRadian_deg = 180.0 / std::numbers::pi;
constexpr std::size_t kDepth = 2;
/// Holds what the observations leave open near the start, and is nothing beside any of them.
constexpr double kOpenSigma_km = 100.0;
constexpr double kOpenSigma_s = 1e3;
/// A back-azimuth of a station this near says nothing.
constexpr double kLeastBearing_km = 1.0;
constexpr double kConverged_km = 1e-3;
constexpr double kLargestStep_km = 50.0;
constexpr int kSteps = 20;

using Vector = std::array<double, 4>;

/// Solves A x = b for a positive definite A, after putting x[depth] = *fixed where given.
Vector solve(Covariance a, Vector b, const double* fixed) {
  if (fixed != nullptr) {
    for (std::size_t i = 0; i < 4; ++i) {
      b[i] -= a[i][kDepth] * *fixed;
      a[i][kDepth] = a[kDepth][i] = 0.0;
    }
    a[kDepth][kDepth] = 1.0;
    b[kDepth] = *fixed;
  }
  // Cholesky, in place: a = L L^T.
  for (std::size_t j = 0; j < 4; ++j) {
    for (std::size_t k = 0; k < j; ++k) {
      for (std::size_t i = j; i < 4; ++i) {
        a[i][j] -= a[i][k] * a[j][k];
      }
    }
    const double root = std::sqrt(std::max(a[j][j], 1e-12));
    for (std::size_t i = j; i < 4; ++i) {
      a[i][j] /= root;
    }
  }
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      b[i] -= a[i][k] * b[k];
    }
    b[i] /= a[i][i];
  }
  for (std::size_t i = 4; i-- > 0;) {
    for (std::size_t k = i + 1; k < 4; ++k) {
      b[i] -= a[k][i] * b[k];
    }
    b[i] /= a[i][i];
  }
  return b;
}

Covariance inverse(const Covariance& a) {
  Covariance result{};
  for (std::size_t i = 0; i < 4; ++i) {
    Vector unit{};
    unit[i] = 1.0;
    const Vector column = solve(a, unit, nullptr);
    for (std::size_t j = 0; j < 4; ++j) {
      result[j][i] = column[j];
    }
  }
  return result;
}

double standard_error_s(const Location& location, std::span<const Observation> observations) {
  std::map<int, double> late_s{{kTrueTime, 0.0}};
  for (const ClockError& each : location.clocks) {
    late_s[each.clock] = each.late_s;
  }
  double squares_s2 = 0.0;
  double weights = 0.0;
  for (std::size_t i = 0; i < observations.size(); ++i) {
    const double off_s = location.residuals_s[i] - late_s[observations[i].clock];
    squares_s2 += location.weights[i] * off_s * off_s;
    weights += location.weights[i];
  }
  return weights > 0.0 ? std::sqrt(squares_s2 / weights) : 0.0;
}

}  // namespace

/// Normal equations of the linearised problem and the value that is to be least.
struct Locator::System {
  Covariance matrix{};
  Vector right{};
  double objective = 0.0;
  /// One a time row, where details are wanted: what one standard deviation of its ModelError takes
  /// from `right`.
  std::vector<Pull> pulls;

  /// One row: residual and derivatives in units of the standard deviation, weighted as Huber does.
  double add(double residual, const Vector& row, double share, double huber_limit) {
    const double weight = share * huber_weight(residual, huber_limit);
    objective += share * huber_value(residual, huber_limit);
    for (std::size_t i = 0; i < 4; ++i) {
      for (std::size_t j = 0; j < 4; ++j) {
        matrix[i][j] += weight * row[i] * row[j];
      }
      right[i] += weight * row[i] * residual;
    }
    return weight;
  }

  double add(const TimeRow& time, double late_s, double huber_limit) {
    Vector row = time.slopes;
    for (double& each : row) {
      each /= time.sigma_s;
    }
    return add((time.residual_s - late_s) / time.sigma_s, row, time.share, huber_limit);
  }

  /// Takes from the matrix what rows of `weights` told of their clock rather than of the event.
  /// `mean` becomes their slopes as far as the clock follows them.
  ClockError settle_clock(std::span<const TimeRow> rows,
                          std::span<const double> weights,
                          double late_s,
                          double prior_sigma_s,
                          Vector& mean) {
    Vector both{};
    double own = 1.0 / (prior_sigma_s * prior_sigma_s);
    for (std::size_t k = 0; k < rows.size(); ++k) {
      const double weight = weights[k] / (rows[k].sigma_s * rows[k].sigma_s);
      own += weight;
      for (std::size_t i = 0; i < 4; ++i) {
        both[i] += weight * rows[k].slopes[i];
      }
    }
    for (std::size_t i = 0; i < 4; ++i) {
      for (std::size_t j = 0; j < 4; ++j) {
        matrix[i][j] -= both[i] * both[j] / own;
      }
    }
    objective += 0.5 * late_s * late_s / (prior_sigma_s * prior_sigma_s);
    for (std::size_t i = 0; i < 4; ++i) {
      mean[i] = both[i] / own;
    }
    return {0, late_s, 1.0 / std::sqrt(own)};
  }

  /// Holds one unknown at `residual` from where it is.
  void hold(std::size_t unknown, double residual, double sigma) {
    matrix[unknown][unknown] += 1.0 / (sigma * sigma);
    right[unknown] += residual / (sigma * sigma);
    objective += 0.5 * residual * residual / (sigma * sigma);
  }
};

double Locator::model_sigma_s(double travel_time_s) const {
  return std::max(options_.model_sigma_s, options_.model_sigma_relative * travel_time_s);
}

void Locator::add_times(std::span<const Observation> observations,
                        std::span<const TimeRow> rows,
                        System& system,
                        Location* details) const {
  std::vector<double> weights(rows.size());
  std::map<int, std::vector<std::size_t>> of_clock;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (observations[i].clock == kTrueTime) {
      weights[i] = system.add(rows[i], 0.0, options_.huber_limit);
    } else {
      of_clock[observations[i].clock].push_back(i);
    }
  }
  std::vector<ClockError> clocks;
  std::map<int, Vector> means{{kTrueTime, Vector{}}};
  for (const auto& [clock, indices] : of_clock) {
    std::vector<TimeRow> shared;
    std::vector<double> shared_weights;
    for (const std::size_t i : indices) {
      shared.push_back(rows[i]);
    }
    const double late_s = clock_late_s(shared, options_.clock_sigma_s, options_.huber_limit);
    for (const std::size_t i : indices) {
      weights[i] = system.add(rows[i], late_s, options_.huber_limit);
      shared_weights.push_back(weights[i]);
    }
    clocks.push_back(
        system.settle_clock(shared, shared_weights, late_s, options_.clock_sigma_s, means[clock]));
    clocks.back().clock = clock;
  }
  if (details != nullptr) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const Vector& mean = means[observations[i].clock];
      const double pull = weights[i] * rows[i].shared_sigma_s / (rows[i].sigma_s * rows[i].sigma_s);
      Pull& to =
          system.pulls.emplace_back(Pull{observations[i].station, observations[i].phase, {}});
      for (std::size_t k = 0; k < 4; ++k) {
        to.by[k] = pull * (rows[i].slopes[k] - mean[k]);
      }
    }
    details->weights = std::move(weights);
    details->clocks = std::move(clocks);
  }
}

Locator::System Locator::equations(std::span<const Observation> observations,
                                   const Trial& at,
                                   Depth depth,
                                   Location* details) const {
  System system;
  std::vector<TimeRow> rows;
  rows.reserve(observations.size());
  for (const Observation& each : observations) {
    const Way way = way_between(at.epicentre, each.station);
    const Arrival arrival =
        travel_times_.first_arrival(each.phase, way.distance_km, at.depth_km, each.elevation_km);
    rows.push_back({each.time_s - at.time_s - arrival.time_s,
                    std::hypot(each.sigma_s, model_sigma_s(arrival.time_s)),
                    {-arrival.dt_dx * way.east, -arrival.dt_dx * way.north, arrival.dt_dz, 1.0},
                    each.share,
                    options_.model.sigma_s(each.phase, arrival.time_s)});
    if (each.back_azimuth_deg && way.distance_km > kLeastBearing_km) {
      const Way back = way_between(each.station, at.epicentre);
      const double sigma_rad = each.back_azimuth_deg->sigma / kRadian_deg;
      const double off_deg =
          std::remainder(each.back_azimuth_deg->value - back.azimuth_deg(), 360.0);
      const double per_km = 1.0 / (way.distance_km * sigma_rad);
      system.add(off_deg / kRadian_deg / sigma_rad,
                 {back.north * per_km, -back.east * per_km, 0.0, 0.0},
                 each.share,
                 options_.huber_limit);
    }
    if (each.distance_km) {
      system.add(
          (each.distance_km->value - way.distance_km) / each.distance_km->sigma,
          {-way.east / each.distance_km->sigma, -way.north / each.distance_km->sigma, 0.0, 0.0},
          each.share,
          options_.huber_limit);
    }
    if (details != nullptr) {
      details->residuals_s.push_back(rows.back().residual_s);
      details->ways.push_back(way);
    }
  }
  add_times(observations, rows, system, details);
  if (depth == Depth::kHeld) {
    system.hold(kDepth, options_.fixed_depth_km - at.depth_km, options_.free_depth_sigma_km);
  }
  return system;
}

Location Locator::iterate(std::span<const Observation> observations,
                          const Trial& start,
                          Depth depth,
                          int steps) const {
  const double held_km = 0.0;
  double damping = 1e-3;
  Trial at = start;
  System system = equations(observations, at, depth, nullptr);
  for (int step = 0; step < steps; ++step) {
    Covariance damped = system.matrix;
    for (std::size_t i = 0; i < 4; ++i) {
      damped[i][i] *= 1.0 + damping;
      damped[i][i] +=
          i == 3 ? 1.0 / (kOpenSigma_s * kOpenSigma_s) : 1.0 / (kOpenSigma_km * kOpenSigma_km);
    }
    Vector change = solve(damped, system.right, depth == Depth::kFixed ? &held_km : nullptr);
    const double to_depth_km =
        std::clamp(at.depth_km + change[kDepth], options_.depth_min_km, options_.depth_max_km);
    if (to_depth_km != at.depth_km + change[kDepth]) {
      const double allowed_km = to_depth_km - at.depth_km;
      change = solve(damped, system.right, &allowed_km);
    }
    const double length_km = std::hypot(change[0], change[1], change[kDepth]);
    const double cut = std::min(1.0, kLargestStep_km / std::max(length_km, kConverged_km));
    const Trial next{moved(at.epicentre, cut * change[0], cut * change[1]),
                     at.depth_km + cut * change[kDepth],
                     at.time_s + cut * change[3]};
    System there = equations(observations, next, depth, nullptr);
    if (there.objective <= system.objective) {
      at = next;
      system = there;
      damping = std::max(damping / 10.0, 1e-6);
      if (length_km < kConverged_km) {
        break;
      }
    } else {
      damping *= 30.0;
    }
  }
  Location location;
  location.at = at;
  location.depth_is_fixed = depth == Depth::kFixed;
  system = equations(observations, at, depth, &location);
  Covariance matrix = system.matrix;
  for (std::size_t i = 0; i < 4; ++i) {
    matrix[i][i] +=
        i == 3 ? 1.0 / (kOpenSigma_s * kOpenSigma_s) : 1.0 / (kOpenSigma_km * kOpenSigma_km);
  }
  if (depth == Depth::kFixed) {
    matrix[kDepth][kDepth] += 1.0 / (options_.fixed_depth_sigma_km * options_.fixed_depth_sigma_km);
  }
  location.covariance = inverse(matrix);
  location.standard_error_s = standard_error_s(location, observations);
  return location;
}

void Locator::widen(Location& location, std::span<const Observation> observations) const {
  Location details;
  const Depth depth = location.depth_is_fixed ? Depth::kFixed : Depth::kFree;
  const System system = equations(observations, location.at, depth, &details);
  const Covariance together = shared_error(system.pulls, options_.model);
  const Covariance alone = location.covariance;
  for (std::size_t i = 0; i < 4; ++i) {
    for (std::size_t j = 0; j < 4; ++j) {
      for (std::size_t k = 0; k < 4; ++k) {
        for (std::size_t l = 0; l < 4; ++l) {
          location.covariance[i][j] += alone[i][k] * together[k][l] * alone[l][j];
        }
      }
    }
  }
}

Location Locator::locate(std::span<const Observation> observations,
                         const std::optional<Trial>& start) const {
  GEOD_CHECK(!observations.empty(), "an event is located by at least one observation");
  const Trial from = start ? *start : robust_start(observations);
  const Location held = iterate(observations, from, Depth::kHeld, kSteps);
  Location free = iterate(observations, held.at, Depth::kFree, kSteps);
  double nearest_km = std::numeric_limits<double>::infinity();
  for (const Way& way : free.ways) {
    nearest_km = std::min(nearest_km, way.distance_km);
  }
  const bool ill_conditioned =
      std::sqrt(free.covariance[kDepth][kDepth]) > options_.free_depth_sigma_km;
  constexpr double kDepthsAway = 1.5;
  const bool at_border =
      free.at.depth_km <= options_.depth_min_km || free.at.depth_km >= options_.depth_max_km;
  if (!ill_conditioned && !at_border &&
      (nearest_km <= kDepthsAway * free.at.depth_km ||
       std::sqrt(free.covariance[kDepth][kDepth]) <= options_.fixed_depth_sigma_km)) {
    widen(free, observations);
    return free;
  }
  Trial fixed = held.at;
  fixed.depth_km = at_border && !ill_conditioned ? free.at.depth_km : options_.fixed_depth_km;
  Location location = iterate(observations, fixed, Depth::kFixed, kSteps);
  widen(location, observations);
  return location;
}

Location Locator::refine(std::span<const Observation> observations,
                         const Trial& start,
                         int steps) const {
  return iterate(observations, start, Depth::kHeld, steps);
}

}  // namespace geod::catalog
