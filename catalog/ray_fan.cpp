#include "catalog/ray_fan.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>

#include "core/error.hpp"

namespace geod::catalog {
namespace {

/// Rays that turn at 760 km come back beyond 2,000 km.
constexpr double kBottomKm = 800.0;
constexpr double kFineKm = 2.0;  ///< thickest shell above kFineDownToKm
constexpr double kFineDownToKm = 150.0;
constexpr double kCoarseKm = 10.0;
constexpr double kMaxVelocityStep = 0.01;  ///< relative, within a shell
/// The closed expressions divide by the change of slowness over a shell. A shell without any is
/// given this one, relative: a nanometre a second in a kilometre.
constexpr double kLeastSlownessStep = 1e-9;
constexpr int kRaysBetweenShells = 6;
constexpr double kWidestGap = 1.0 / 500.0;  ///< of ray parameters, of the largest
constexpr int kSteepRays = 400;             ///< of those that leave the model at its bottom

/// At `depth_km`; at a step, the side that is `below` it or above it.
double velocity_at(const VelocityModel& model, Phase phase, double depth_km, bool below) {
  const auto& knots = model.knots;
  const auto next = std::find_if(knots.begin(), knots.end(), [&](const VelocityKnot& knot) {
    return below ? knot.depth_km > depth_km : knot.depth_km >= depth_km;
  });
  if (next == knots.begin()) {
    return next->velocity(phase);
  }
  const VelocityKnot& last = *std::prev(next);
  if (next == knots.end()) {
    return last.velocity(phase);
  }
  const double part = (depth_km - last.depth_km) / (next->depth_km - last.depth_km);
  return last.velocity(phase) + part * (next->velocity(phase) - last.velocity(phase));
}

/// Ascending, each once: what is asked for, and every knot between the first of it and the bottom.
std::vector<double> borders_of(const VelocityModel& model, std::span<const double> depths_km) {
  std::vector<double> borders(depths_km.begin(), depths_km.end());
  for (const VelocityKnot& knot : model.knots) {
    if (knot.depth_km > depths_km.front() && knot.depth_km < kBottomKm) {
      borders.push_back(knot.depth_km);
    }
  }
  borders.push_back(kBottomKm);
  std::sort(borders.begin(), borders.end());
  borders.erase(std::unique(borders.begin(), borders.end()), borders.end());
  return borders;
}

}  // namespace

/// The earliest of all branches at equal steps of distance, while they are drawn.
class RayFan::Curve {
 public:
  Curve(double step_km, std::span<RayTime> times) : step_km_(step_km), times_(times) {
    std::fill(
        times.begin(), times.end(), RayTime{std::numeric_limits<double>::infinity(), 0.0, 0.0});
  }

  /// How rays leave the source from now on: `sign` +1 upwards, -1 downwards.
  void leave(double sign, double source_slowness, double source_radius_km) {
    sign_ = sign;
    source_slowness_ = source_slowness;
    source_radius_km_ = source_radius_km;
  }

  void break_off() { has_last_ = false; }

  void go_to(const Point& point) {
    if (has_last_) {
      draw(last_, point);
    }
    last_ = point;
    has_last_ = true;
  }

  /// With the ray parameter of `from` to the last distance.
  void go_straight(const Point& from) {
    Point end = from;
    end.distance_km = std::max(step_km_ * static_cast<double>(times_.size()), from.distance_km);
    end.time_s += from.ray_parameter / kEarthRadiusKm * (end.distance_km - from.distance_km);
    break_off();
    go_to(from);
    go_to(end);
    break_off();
  }

 private:
  void draw(const Point& from, const Point& to) {
    const auto [nearer, farther] = std::minmax(from.distance_km, to.distance_km);
    const double length = to.distance_km - from.distance_km;
    const double last = static_cast<double>(times_.size()) - 1.0;
    const double end = std::min(std::floor(farther / step_km_), last);
    for (double at = std::ceil(nearer / step_km_); at <= end; at += 1.0) {
      // Cubic with the times and slopes of both ends.
      const double part = length == 0.0 ? 0.0 : (at * step_km_ - from.distance_km) / length;
      const double start_slope = from.ray_parameter / kEarthRadiusKm * length;
      const double end_slope = to.ray_parameter / kEarthRadiusKm * length;
      const double rise = to.time_s - from.time_s;
      const double square = 3.0 * rise - 2.0 * start_slope - end_slope;
      const double cube = start_slope + end_slope - 2.0 * rise;
      const double time = from.time_s + part * (start_slope + part * (square + part * cube));
      RayTime& best = times_[static_cast<std::size_t>(at)];
      if (time < best.time_s) {
        const double p = from.ray_parameter + part * (to.ray_parameter - from.ray_parameter);
        best.time_s = time;
        best.dt_dx = length == 0.0
                         ? p / kEarthRadiusKm
                         : (start_slope + part * (2.0 * square + 3.0 * part * cube)) / length;
        const double horizontal = best.dt_dx * kEarthRadiusKm;
        best.dt_dz = sign_ *
                     std::sqrt(std::max(
                         source_slowness_ * source_slowness_ - horizontal * horizontal, 0.0)) /
                     source_radius_km_;
      }
    }
  }

  double step_km_;
  std::span<RayTime> times_;
  Point last_{};
  bool has_last_ = false;
  double sign_ = 0.0;
  double source_slowness_ = 0.0;
  double source_radius_km_ = kEarthRadiusKm;
};

RayFan::RayFan(const VelocityModel& model, Phase phase, std::span<const double> depths_km) {
  GEOD_CHECK(!model.knots.empty() && !depths_km.empty(), "a model and depths are needed");
  cut_shells(model, phase, depths_km);
  choose_ray_parameters();
  sum_rays();
}

void RayFan::cut_shells(const VelocityModel& model,
                        Phase phase,
                        std::span<const double> depths_km) {
  const std::vector<double> borders = borders_of(model, depths_km);
  for (std::size_t i = 0; i + 1 < borders.size(); ++i) {
    if (std::binary_search(depths_km.begin(), depths_km.end(), borders[i])) {
      boundary_of_.push_back(shells_.size());
    }
    const double height = borders[i + 1] - borders[i];
    const double top_velocity = velocity_at(model, phase, borders[i], true);
    const double bottom_velocity = velocity_at(model, phase, borders[i + 1], false);
    const double thickest = borders[i] < kFineDownToKm ? kFineKm : kCoarseKm;
    const double parts = std::ceil(std::max(
        height / thickest, std::abs(std::log(bottom_velocity / top_velocity)) / kMaxVelocityStep));
    for (double part = 0.0; part < parts; part += 1.0) {
      const auto slowness = [&](double at, double& radius_km) {
        radius_km = kEarthRadiusKm - (borders[i] + height * at);
        return radius_km / (top_velocity + (bottom_velocity - top_velocity) * at);
      };
      Shell shell{};
      shell.top_slowness = slowness(part / parts, shell.top_radius_km);
      shell.bottom_slowness = slowness((part + 1.0) / parts, shell.bottom_radius_km);
      if (std::abs(shell.bottom_slowness / shell.top_slowness - 1.0) < kLeastSlownessStep) {
        shell.bottom_slowness = shell.top_slowness * (1.0 - kLeastSlownessStep);
      }
      shell.exponent = std::log(shell.top_radius_km / shell.bottom_radius_km) /
                       std::log(shell.top_slowness / shell.bottom_slowness);
      shells_.push_back(shell);
    }
  }
  for (std::size_t boundary = 1; boundary < shells_.size(); ++boundary) {
    const double above = shells_[boundary - 1].bottom_slowness;
    const bool step_down = shells_[boundary].top_slowness < above;
    const bool rises_below = shells_[boundary].top_slowness > above ||
                             shells_[boundary].bottom_slowness > shells_[boundary].top_slowness;
    const bool falls_above = above < shells_[boundary - 1].top_slowness;
    if (step_down || (falls_above && rises_below)) {
      critical_.push_back(boundary);
    }
  }
}

void RayFan::choose_ray_parameters() {
  std::vector<double> of_shells;
  for (const Shell& shell : shells_) {
    of_shells.push_back(shell.top_slowness);
    of_shells.push_back(shell.bottom_slowness);
  }
  std::sort(of_shells.begin(), of_shells.end(), std::greater<>());
  of_shells.erase(std::unique(of_shells.begin(), of_shells.end()), of_shells.end());
  const double widest = of_shells.front() * kWidestGap;
  for (std::size_t i = 0; i + 1 < of_shells.size(); ++i) {
    const double gap = of_shells[i] - of_shells[i + 1];
    const double between = std::max<double>(kRaysBetweenShells, std::ceil(gap / widest));
    ray_parameters_.push_back(of_shells[i]);
    // Denser at both ends, where the distance changes with the square root of the ray parameter.
    for (double k = 1.0; k <= between; k += 1.0) {
      const double part = 0.5 * (1.0 - std::cos(std::numbers::pi * k / (between + 1.0)));
      const double p = of_shells[i] - gap * part;
      if (p < ray_parameters_.back() && p > of_shells[i + 1]) {
        ray_parameters_.push_back(p);
      }
    }
  }
  for (int k = kSteepRays; k >= 0; --k) {
    ray_parameters_.push_back(of_shells.back() * std::sin(0.5 * std::numbers::pi * k / kSteepRays));
  }
}

void RayFan::sum_rays() {
  sums_.reserve(ray_parameters_.size() * (shells_.size() + 1));
  for (const double p : ray_parameters_) {
    Sum sum{0.0, 0.0, 0};
    sums_.push_back(sum);
    for (const Shell& shell : shells_) {
      if (p > std::min(shell.top_slowness, shell.bottom_slowness)) {
        ++sum.closed;
      } else {
        sum.angle += shell.exponent *
                     (std::acos(p / shell.top_slowness) - std::acos(p / shell.bottom_slowness));
        sum.time_s +=
            shell.exponent * (std::sqrt(shell.top_slowness * shell.top_slowness - p * p) -
                              std::sqrt(shell.bottom_slowness * shell.bottom_slowness - p * p));
      }
      sums_.push_back(sum);
    }
  }
}

void RayFan::first_arrivals(std::size_t source,
                            std::size_t receiver,
                            double step_km,
                            std::span<RayTime> times) const {
  GEOD_CHECK(source < boundary_of_.size() && receiver < boundary_of_.size(), "no such depth");
  const std::size_t from = boundary_of_[source];
  const auto [upper, lower] = std::minmax(from, boundary_of_[receiver]);
  Curve curve(step_km, times);
  if (upper < lower) {
    const bool up = from == lower;
    curve.leave(up ? 1.0 : -1.0,
                up ? shells_[from - 1].bottom_slowness : shells_[from].top_slowness,
                shells_[from].top_radius_km);
    add_direct(upper, lower, curve);
  }
  curve.leave(-1.0, shells_[from].top_slowness, shells_[from].top_radius_km);
  add_turning(upper, lower, curve);
  add_along_boundaries(upper, lower, curve);
}

double RayFan::slowness_at(std::size_t depth) const {
  const std::size_t boundary = boundary_of_[depth];
  const double below = shells_[boundary].top_slowness;
  const double faster =
      boundary == 0 ? below : std::min(below, shells_[boundary - 1].bottom_slowness);
  return faster / shells_[boundary].top_radius_km;
}

void RayFan::add_direct(std::size_t upper, std::size_t lower, Curve& curve) const {
  bool first = true;
  curve.break_off();
  for (std::size_t ray = 0; ray < ray_parameters_.size(); ++ray) {
    const Sum& at_upper = sum(ray, upper);
    const Sum& at_lower = sum(ray, lower);
    if (at_upper.closed != at_lower.closed) {
      continue;
    }
    const Point point{(at_lower.angle - at_upper.angle) * kEarthRadiusKm,
                      at_lower.time_s - at_upper.time_s,
                      ray_parameters_[ray]};
    if (first) {
      curve.go_straight(point);  // along the shell where this ray runs level
      first = false;
    }
    curve.go_to(point);
  }
}

void RayFan::add_turning(std::size_t upper, std::size_t lower, Curve& curve) const {
  curve.break_off();
  std::size_t turning = lower;  // the shell that the ray does not pass
  for (std::size_t ray = 0; ray < ray_parameters_.size(); ++ray) {
    const double p = ray_parameters_[ray];
    while (turning < shells_.size() &&
           p <= std::min(shells_[turning].top_slowness, shells_[turning].bottom_slowness)) {
      ++turning;
      // The last ray of a branch only touches the boundary; whether it also begins another, from
      // farther down, is seen below.
      if (p == shells_[turning - 1].bottom_slowness && reaches(ray, upper, turning)) {
        curve.go_to(down_and_up(ray, upper, lower, turning));
        curve.break_off();
      }
    }
    if (turning == shells_.size()) {
      break;
    }
    const Shell& shell = shells_[turning];
    if (p > shell.top_slowness || !reaches(ray, upper, turning)) {
      curve.break_off();  // reflected
      continue;
    }
    Point point = down_and_up(ray, upper, lower, turning);
    point.distance_km += 2.0 * shell.exponent * std::acos(p / shell.top_slowness) * kEarthRadiusKm;
    point.time_s +=
        2.0 * shell.exponent * std::sqrt(shell.top_slowness * shell.top_slowness - p * p);
    curve.go_to(point);
  }
}

bool RayFan::reaches(std::size_t ray, std::size_t upper, std::size_t boundary) const {
  return sum(ray, boundary).closed == sum(ray, upper).closed;
}

RayFan::Point RayFan::down_and_up(std::size_t ray,
                                  std::size_t upper,
                                  std::size_t lower,
                                  std::size_t boundary) const {
  const Sum& deep = sum(ray, boundary);
  return {(2.0 * deep.angle - sum(ray, upper).angle - sum(ray, lower).angle) * kEarthRadiusKm,
          2.0 * deep.time_s - sum(ray, upper).time_s - sum(ray, lower).time_s,
          ray_parameters_[ray]};
}

void RayFan::add_along_boundaries(std::size_t upper, std::size_t lower, Curve& curve) const {
  const auto add = [&](std::size_t boundary) {
    double p = shells_[boundary].top_slowness;
    if (boundary > 0) {
      p = std::min(p, shells_[boundary - 1].bottom_slowness);
    }
    const auto found =
        std::lower_bound(ray_parameters_.begin(), ray_parameters_.end(), p, std::greater<>());
    const auto ray = static_cast<std::size_t>(found - ray_parameters_.begin());
    if (reaches(ray, upper, boundary)) {
      curve.go_straight(down_and_up(ray, upper, lower, boundary));
    }
  };
  add(lower);
  for (const std::size_t boundary : critical_) {
    if (boundary > lower) {
      add(boundary);
    }
  }
}

}  // namespace geod::catalog
