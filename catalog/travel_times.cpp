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
constexpr double kSamePlaceKm = 1e-6;
constexpr std::size_t kBatch = 32;
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

/// What a node holds: value, by depth, by distance, by both.
using Four = float __attribute__((vector_size(16)));

/// Values and slopes of the cubic Hermite basis at one place: value and slope of the left end,
/// value and slope of the right.
struct Basis {
  float value[4];
  float slope[4];
};

/// `t` in [0, 1].
Basis basis_at(float t) {
  const float u = 1.0F - t;
  return {{(1.0F + 2.0F * t) * u * u, t * u * u, t * t * (3.0F - 2.0F * t), -t * t * u},
          {-6.0F * t * u, u * (1.0F - 3.0F * t), 6.0F * t * u, t * (3.0F * t - 2.0F)}};
}

/// The cubic with these values and slopes at its ends, or its slope.
float across(const float (&basis)[4], float start, float slope, float end, float end_slope) {
  return basis[0] * start + basis[1] * slope + basis[2] * end + basis[3] * end_slope;
}

Four between(Four low, Four high, float part) {
  return low + part * (high - low);
}

/// Value, by depth, by distance and by both, at a place on the edge between two nodes of one depth.
Four edge_at(const Basis& along, Four left, Four right) {
  const auto weights = [&along](int i) {
    return Four{along.value[i], along.value[i], along.slope[i], along.slope[i]};
  };
  return weights(0) * __builtin_shufflevector(left, left, 0, 1, 0, 1) +
         weights(1) * __builtin_shufflevector(left, left, 2, 3, 2, 3) +
         weights(2) * __builtin_shufflevector(right, right, 0, 1, 0, 1) +
         weights(3) * __builtin_shufflevector(right, right, 2, 3, 2, 3);
}

/// A cell of one axis of the grid, and where in it.
struct Place {
  std::size_t cell;
  double part;  ///< in [0, 1]
};

Place place_of(double steps, int nodes) {
  // What is not a number goes to the first node: the time will not be one, but no memory is missed.
  const double inside = steps > 0.0 ? std::min(steps, static_cast<double>(nodes - 1)) : 0.0;
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

TravelTimes::Node TravelTimes::mean_slowness(const RayTime& ray,
                                             double x_km,
                                             double height_km,
                                             double near) {
  const double straight = std::hypot(x_km, height_km);
  if (straight < kSamePlaceKm) {
    return Node{static_cast<float>(near), 0.0F, 0.0F, 0.0F};
  }
  const double value = ray.time_s / straight;
  return Node{
      static_cast<float>(value),
      static_cast<float>((ray.dt_dz - value * height_km / straight) / straight * kDepthStepKm),
      static_cast<float>((ray.dt_dx - value * x_km / straight) / straight * kDistanceStepKm),
      0.0F};
}

void TravelTimes::fill(const VelocityModel& model, const Depths& depths, int threads) {
  std::array<std::optional<RayFan>, 2> fans;
  share_out(2, threads, [&](std::size_t phase) {
    nodes_[phase].resize(depths.sources.size() * row_nodes());
    fans[phase].emplace(model, phase == 0 ? Phase::kP : Phase::kS, depths.all_km);
  });
  share_out(2 * depths.sources.size(), threads, [&](std::size_t task) {
    const std::size_t phase = task % 2;
    Node* row = nodes_[phase].data() + task / 2 * row_nodes();
    fill_row(*fans[phase], depths, depths.sources[task / 2], row);
  });
  share_out(2, threads, [&](std::size_t phase) { fill_cross_derivatives(nodes_[phase]); });
}

void TravelTimes::fill_row(const RayFan& fan,
                           const Depths& depths,
                           std::size_t source,
                           Node* row) const {
  const double near = fan.slowness_at(source);
  std::vector<RayTime> rays(static_cast<std::size_t>(distances_));
  for (std::size_t level = 0; level < depths.levels.size(); ++level) {
    const std::size_t receiver = depths.levels[level];
    fan.first_arrivals(source, receiver, kDistanceStepKm, rays);
    const double height_km = depths.all_km[source] - depths.all_km[receiver];
    for (std::size_t i = 0; i < rays.size(); ++i) {
      row[i * depths.levels.size() + level] =
          mean_slowness(rays[i], static_cast<double>(i) * kDistanceStepKm, height_km, near);
    }
  }
}

void TravelTimes::fill_cross_derivatives(std::vector<Node>& nodes) const {
  for (std::size_t i = row_nodes(); i + row_nodes() < nodes.size(); ++i) {
    nodes[i][3] = 0.5F * (nodes[i + row_nodes()][2] - nodes[i - row_nodes()][2]);
  }
}

TravelTimes::Spot TravelTimes::spot_of(const Path& path) const {
  const Place x = place_of(path.distance_km / kDistanceStepKm, distances_);
  const Place z = place_of((path.depth_km - depth_min_km_) / kDepthStepKm, depths_);
  const Place level =
      place_of((path.elevation_km - range_.elevation_min_km) / kLevelStepKm, levels_);
  const std::size_t corner =
      z.cell * row_nodes() + x.cell * static_cast<std::size_t>(levels_) + level.cell;
  return {corner,
          static_cast<float>(x.part),
          static_cast<float>(z.part),
          static_cast<float>(level.part),
          (static_cast<double>(x.cell) + x.part) * kDistanceStepKm,
          depth_min_km_ + (static_cast<double>(z.cell) + z.part) * kDepthStepKm};
}

inline Arrival TravelTimes::interpolate(const std::vector<Node>& nodes,
                                        const Path& path,
                                        const Spot& spot) const {
  const Node* corner = nodes.data() + spot.corner;
  const auto levels = static_cast<std::size_t>(levels_);
  const Node* next = corner + levels;
  const std::size_t row = row_nodes();
  const Basis along = basis_at(spot.x_part);
  // Value, by depth, by distance, by both: of the shallower and the deeper edge of the cell.
  const Node upper = edge_at(along,
                             between(corner[0], corner[1], spot.level_part),
                             between(next[0], next[1], spot.level_part));
  const Node lower = edge_at(along,
                             between(corner[row], corner[row + 1], spot.level_part),
                             between(next[row], next[row + 1], spot.level_part));
  const Basis down = basis_at(spot.z_part);
  const float mean = across(down.value, upper[0], upper[1], lower[0], lower[1]);
  const float mean_by_x = across(down.value, upper[2], upper[3], lower[2], lower[3]);
  const float mean_by_z = across(down.slope, upper[0], upper[1], lower[0], lower[1]);
  const double height_km = spot.z_km + path.elevation_km;
  const double straight_km = std::sqrt(spot.x_km * spot.x_km + height_km * height_km);
  const double mean_over_km = straight_km > 0.0 ? mean / straight_km : 0.0;
  Arrival arrival;
  arrival.dt_dx = mean_by_x / kDistanceStepKm * straight_km + mean_over_km * spot.x_km;
  arrival.dt_dz = mean_by_z / kDepthStepKm * straight_km + mean_over_km * height_km;
  arrival.time_s = mean * straight_km + arrival.dt_dx * (path.distance_km - spot.x_km) +
                   arrival.dt_dz * (path.depth_km - spot.z_km);
  return arrival;
}

Arrival TravelTimes::first_arrival(Phase phase,
                                   double distance_km,
                                   double depth_km,
                                   double elevation_km) const {
  const Path path{distance_km, depth_km, elevation_km};
  return interpolate(nodes_[index_of(phase)], path, spot_of(path));
}

void TravelTimes::first_arrivals(Phase phase,
                                 std::span<const Path> paths,
                                 std::span<Arrival> arrivals) const {
  GEOD_CHECK(paths.size() == arrivals.size(), "an arrival for each path");
  const std::vector<Node>& nodes = nodes_[index_of(phase)];
  std::array<Spot, kBatch> spots;
  for (std::size_t from = 0; from < paths.size(); from += kBatch) {
    const std::size_t count = std::min(kBatch, paths.size() - from);
    for (std::size_t i = 0; i < count; ++i) {
      spots[i] = spot_of(paths[from + i]);
      const Node* corner = nodes.data() + spots[i].corner;
      __builtin_prefetch(corner);
      __builtin_prefetch(corner + levels_ + 1);
      __builtin_prefetch(corner + row_nodes());
      __builtin_prefetch(corner + row_nodes() + levels_ + 1);
    }
    for (std::size_t i = 0; i < count; ++i) {
      arrivals[from + i] = interpolate(nodes, paths[from + i], spots[i]);
    }
  }
}

}  // namespace geod::catalog
