// Look-ups of first arrivals from the tables of iasp91: `items_per_second` on one core.
//
//   travel_times --benchmark_min_time=2
#include "catalog/travel_times.hpp"

#include <random>
#include <vector>

#include <benchmark/benchmark.h>

namespace {

using namespace geod;           // NOLINT(google-build-using-namespace): a single-file program
using namespace geod::catalog;  // NOLINT(google-build-using-namespace)

constexpr std::size_t kPaths = 1 << 14;
constexpr unsigned kSeed = 7;

/// Tables for the whole range, with stations up to `height_km`.
TravelTimes tables(double height_km) {
  return *TravelTimes::make(iasp91(), {1000.0, 100.0, 0.0, height_km}, 1);
}

/// At random up to that distance and a tenth of it deep.
std::vector<Path> paths(double distance_km, double height_km) {
  std::mt19937 random(kSeed);
  std::uniform_real_distribution<> part(0.0, 1.0);
  std::vector<Path> out(kPaths);
  for (Path& path : out) {
    path = {distance_km * part(random), 0.1 * distance_km * part(random), height_km * part(random)};
  }
  return out;
}

/// Arguments: greatest distance in km, greatest station height in m.
void many_at_once(benchmark::State& state) {
  const double height_km = 1e-3 * static_cast<double>(state.range(1));
  const TravelTimes times = tables(height_km);
  const auto asked = paths(static_cast<double>(state.range(0)), height_km);
  std::vector<Arrival> arrivals(asked.size());
  Phase phase = Phase::kP;
  for ([[maybe_unused]] auto _ : state) {
    times.first_arrivals(phase, asked, arrivals);
    benchmark::DoNotOptimize(arrivals.data());
    phase = phase == Phase::kP ? Phase::kS : Phase::kP;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(kPaths));
}
BENCHMARK(many_at_once)->Args({1000, 500})->Args({300, 500})->Args({300, 3000})->Args({1000, 3000});

void one_by_one(benchmark::State& state) {
  const double height_km = 1e-3 * static_cast<double>(state.range(1));
  const TravelTimes times = tables(height_km);
  const auto asked = paths(static_cast<double>(state.range(0)), height_km);
  for ([[maybe_unused]] auto _ : state) {
    for (const Path& path : asked) {
      benchmark::DoNotOptimize(
          times.first_arrival(Phase::kP, path.distance_km, path.depth_km, path.elevation_km));
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) *
                          static_cast<std::int64_t>(kPaths));
}
BENCHMARK(one_by_one)->Args({300, 500})->Args({1000, 3000});

/// P and S, 1,000 km by 100 km and seven heights, on one core.
void make_tables(benchmark::State& state) {
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(tables(3.0));
  }
}
BENCHMARK(make_tables)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
