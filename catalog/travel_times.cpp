#include "catalog/travel_times.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <optional>
#include <thread>

#include "catalog/ray_fan.hpp"

namespace geod::catalog {
namespace {

constexpr double kDistanceStepKm = 2.0;
constexpr double kDepthStepKm = 1.0;
constexpr double kLevelStepKm = 0.5;
constexpr double kMaxDistanceKm = 2'000.0;
constexpr double kMaxDepthKm = 300.0;
constexpr double kMinElevationKm = -11.0;
constexpr double kMaxElevationKm = 9.0;

int steps_over(double length, double step) {
  return std::max(static_cast<int>(std::ceil(length / step - 1e-9)), 1);
}

std::size_t index_of(Phase phase) {
  return phase == Phase::kP ? 0 : 1;
}

Result<void> check(const TravelTimeRange& range) {
  if (!(range.distance_max_km > 0.0 && range.distance_max_km <= kMaxDistanceKm)) {
    return fail(Errc::kConfig,
                "travel times: the greatest distance must be above 0 and at most {} km, not {}",
                kMaxDistanceKm,
                range.distance_max_km);
  }
  if (!(range.depth_max_km > 0.0 && range.depth_max_km <= kMaxDepthKm)) {
    return fail(Errc::kConfig,
                "travel times: the greatest depth must be above 0 and at most {} km, not {}",
                kMaxDepthKm,
                range.depth_max_km);
  }
  if (!(range.elevation_min_km >= kMinElevationKm && range.elevation_max_km <= kMaxElevationKm &&
        range.elevation_min_km <= range.elevation_max_km)) {
    return fail(Errc::kConfig,
                "travel times: elevations must lie between {} and {} km, not {} to {}",
                kMinElevationKm,
                kMaxElevationKm,
                range.elevation_min_km,
                range.elevation_max_km);
  }
  return {};
}

/// Time over straight distance, and by how much it changes along a step of the grid.
struct MeanSlowness {
  double value;
  double by_distance;
  double by_depth;
};

MeanSlowness mean_slowness(const RayTime& ray, double x_km, double height_km, double near) {
  const double straight = std::hypot(x_km, height_km);
  if (straight < 1e-6) {
    return {near, 0.0, 0.0};
  }
  const double value = ray.time_s / straight;
  return {value,
          (ray.dt_dx - value * x_km / straight) / straight * kDistanceStepKm,
          (ray.dt_dz - value * height_km / straight) / straight * kDepthStepKm};
}

/// Values and slopes of the cubic Hermite basis at `t` of [0, 1]: value and slope of the left end,
/// value and slope of the right.
struct Basis {
  double value[4];
  double slope[4];
};

Basis basis_at(double t) {
  const double u = 1.0 - t;
  return {{(1.0 + 2.0 * t) * u * u, t * u * u, t * t * (3.0 - 2.0 * t), -t * t * u},
          {-6.0 * t * u, u * (1.0 - 3.0 * t), 6.0 * t * u, t * (3.0 * t - 2.0)}};
}

/// A cell of one axis of the grid, and where in it.
struct Place {
  std::size_t cell;
  double part;  ///< in [0, 1]
};

Place place_of(double steps, int nodes) {
  const double inside = std::clamp(steps, 0.0, static_cast<double>(nodes - 1));
  const int cell = std::min(static_cast<int>(inside), nodes - 2);
  return {static_cast<std::size_t>(cell), inside - cell};
}

/// Calls `work(0)` to `work(tasks - 1)`, each once, on `threads` threads.
template <class Work>
void share_out(std::size_t tasks, int threads, const Work& work) {
  std::atomic<std::size_t> next = 0;
  const auto run = [&] {
    for (std::size_t task = next++; task < tasks; task = next++) {
      work(task);
    }
  };
  std::vector<std::jthread> helpers;
  for (int i = 1; i < threads; ++i) {
    helpers.emplace_back(run);
  }
  run();
}

}  // namespace

Result<TravelTimes> TravelTimes::make(const VelocityModel& model,
                                      const TravelTimeRange& range,
                                      int threads) {
  GEOD_CHECK(threads >= 1, "at least one thread");
  if (auto fits = check(range); !fits) {
    return tl::unexpected(fits.error());
  }
  TravelTimes table;
  table.model_name_ = model.name;
  table.range_ = range;
  table.depth_min_km_ =
      -std::ceil(std::max(range.elevation_max_km, 0.0) / kDepthStepKm) * kDepthStepKm;
  table.distances_ = steps_over(range.distance_max_km, kDistanceStepKm) + 1;
  table.depths_ = steps_over(range.depth_max_km - table.depth_min_km_, kDepthStepKm) + 1;
  table.levels_ = steps_over(range.elevation_max_km - range.elevation_min_km, kLevelStepKm) + 1;
  std::vector<double> sources_km;
  for (int i = 0; i < table.depths_; ++i) {
    sources_km.push_back(table.depth_min_km_ + i * kDepthStepKm);
  }
  std::vector<double> levels_km;
  for (int i = 0; i < table.levels_; ++i) {
    levels_km.push_back(-(range.elevation_min_km + i * kLevelStepKm));
  }
  table.fill(model, depths_of(sources_km, levels_km), threads);
  return table;
}

TravelTimes::Depths TravelTimes::depths_of(const std::vector<double>& sources_km,
                                           const std::vector<double>& levels_km) {
  Depths depths;
  depths.all_km = sources_km;
  depths.all_km.insert(depths.all_km.end(), levels_km.begin(), levels_km.end());
  std::sort(depths.all_km.begin(), depths.all_km.end());
  depths.all_km.erase(std::unique(depths.all_km.begin(), depths.all_km.end()), depths.all_km.end());
  const auto places = [&depths](const std::vector<double>& values) {
    std::vector<std::size_t> found;
    for (const double value : values) {
      const auto at = std::lower_bound(depths.all_km.begin(), depths.all_km.end(), value);
      found.push_back(static_cast<std::size_t>(at - depths.all_km.begin()));
    }
    return found;
  };
  depths.sources = places(sources_km);
  depths.levels = places(levels_km);
  return depths;
}

void TravelTimes::fill(const VelocityModel& model, const Depths& depths, int threads) {
  std::array<std::optional<RayFan>, 2> fans;
  const auto columns = static_cast<std::size_t>(distances_);
  const std::size_t rows_a_phase = depths.levels.size() * depths.sources.size();
  for (auto& nodes : nodes_) {
    nodes.resize(rows_a_phase * columns);
  }
  share_out(2, threads, [&](std::size_t phase) {
    fans[phase].emplace(model, phase == 0 ? Phase::kP : Phase::kS, depths.all_km);
  });
  share_out(2 * rows_a_phase, threads, [&](std::size_t task) {
    const std::size_t phase = task / rows_a_phase;
    const std::size_t row = task % rows_a_phase;
    const std::size_t receiver = depths.levels[row / depths.sources.size()];
    const std::size_t source = depths.sources[row % depths.sources.size()];
    std::vector<RayTime> rays(columns);
    fans[phase]->first_arrivals(source, receiver, kDistanceStepKm, rays);
    const double height_km = depths.all_km[source] - depths.all_km[receiver];
    const double near = fans[phase]->slowness_at(source);
    for (std::size_t i = 0; i < columns; ++i) {
      const MeanSlowness mean =
          mean_slowness(rays[i], static_cast<double>(i) * kDistanceStepKm, height_km, near);
      nodes_[phase][row * columns + i] = {static_cast<float>(mean.value),
                                          static_cast<float>(mean.by_distance),
                                          static_cast<float>(mean.by_depth),
                                          0.0F};
    }
  });
}

Arrival TravelTimes::first_arrival(Phase phase,
                                   double distance_km,
                                   double depth_km,
                                   double elevation_km) const {
  const Place x = place_of(distance_km / kDistanceStepKm, distances_);
  const Place z = place_of((depth_km - depth_min_km_) / kDepthStepKm, depths_);
  const Place level = place_of((elevation_km - range_.elevation_min_km) / kLevelStepKm, levels_);
  const auto columns = static_cast<std::size_t>(distances_);
  const std::size_t plane = columns * static_cast<std::size_t>(depths_);
  const Node* corner =
      nodes_[index_of(phase)].data() + level.cell * plane + z.cell * columns + x.cell;
  const Basis along = basis_at(x.part);
  const Basis down = basis_at(z.part);
  double mean = 0.0;
  double mean_by_x = 0.0;
  double mean_by_z = 0.0;
  for (std::size_t i = 0; i < 2; ++i) {
    for (std::size_t j = 0; j < 2; ++j) {
      const Node& low = corner[i * columns + j];
      const Node& high = corner[plane + i * columns + j];
      const double u = low.slowness + level.part * (high.slowness - low.slowness);
      const double ux = low.by_distance + level.part * (high.by_distance - low.by_distance);
      const double uz = low.by_depth + level.part * (high.by_depth - low.by_depth);
      const double uxz = low.by_both + level.part * (high.by_both - low.by_both);
      const double value = down.value[2 * i] * u + down.value[2 * i + 1] * uz;
      const double value_x = down.value[2 * i] * ux + down.value[2 * i + 1] * uxz;
      const double value_z = down.slope[2 * i] * u + down.slope[2 * i + 1] * uz;
      const double value_xz = down.slope[2 * i] * ux + down.slope[2 * i + 1] * uxz;
      mean += along.value[2 * j] * value + along.value[2 * j + 1] * value_x;
      mean_by_x += along.slope[2 * j] * value + along.slope[2 * j + 1] * value_x;
      mean_by_z += along.value[2 * j] * value_z + along.value[2 * j + 1] * value_xz;
    }
  }
  const double x_km = (static_cast<double>(x.cell) + x.part) * kDistanceStepKm;
  const double z_km = depth_min_km_ + (static_cast<double>(z.cell) + z.part) * kDepthStepKm;
  const double height_km = z_km + elevation_km;
  const double straight_km = std::sqrt(x_km * x_km + height_km * height_km);
  const double mean_over_km = straight_km > 0.0 ? mean / straight_km : 0.0;
  Arrival arrival;
  arrival.dt_dx = mean_by_x / kDistanceStepKm * straight_km + mean_over_km * x_km;
  arrival.dt_dz = mean_by_z / kDepthStepKm * straight_km + mean_over_km * height_km;
  arrival.time_s =
      mean * straight_km + arrival.dt_dx * (distance_km - x_km) + arrival.dt_dz * (depth_km - z_km);
  return arrival;
}

}  // namespace geod::catalog
