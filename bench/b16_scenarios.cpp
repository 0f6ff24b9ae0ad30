// B16, what a rate of events does not show: hard scenarios, each drawn a hundred times over.
// b16_scenarios [SEED [FOLDER]]
// FOLDER takes the picks of each scenario as NAME.txt for b16_pyocto.py.

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "bench/association_run.hpp"
#include "bench/measure.hpp"

namespace {

using geod::bench::Scenario;
using geod::bench::SuiteEvent;

constexpr int kTimes = 100;
constexpr double kEvery_s = 300.0;
constexpr double kFar_km = 1000.0;

class Drawer {
 public:
  explicit Drawer(std::uint64_t seed) : random_(seed) {}

  double uniform(double from, double to) {
    return std::uniform_real_distribution<double>(from, to)(random_);
  }

  Scenario quiet() const {
    geod::bench::ScenarioOptions options;
    options.events = 0;
    options.duration_s = kTimes * kEvery_s;
    return geod::bench::make_scenario(options);
  }

  SuiteEvent event(double time_s, double latitude_deg, double longitude_deg, double half_deg) {
    return {time_s,
            latitude_deg + uniform(-half_deg, half_deg),
            longitude_deg + uniform(-half_deg, half_deg),
            uniform(5.0, 15.0),
            1.5};
  }

  void add(Scenario& scenario, const SuiteEvent& event, double p_reach_km, double s_reach_km) {
    geod::bench::add_event(scenario, event, p_reach_km, s_reach_km, random_());
  }

  /// Two events 190 km apart within a second.
  Scenario two_at_once() {
    Scenario scenario = quiet();
    for (int i = 0; i < kTimes; ++i) {
      const double time_s = kEvery_s * i + 60.0;
      add(scenario, event(time_s, -21.7, -69.7, 0.1), 90.0, 70.0);
      add(scenario, event(time_s + uniform(-1.0, 1.0), -20.3, -68.3, 0.1), 90.0, 70.0);
    }
    return scenario;
  }

  Scenario three_stations() {
    Scenario scenario = quiet();
    scenario.stations = {{"A", -21.2, -69.2, ""}, {"B", -20.8, -69.1, ""}, {"C", -21.0, -68.8, ""}};
    for (int i = 0; i < kTimes; ++i) {
      add(scenario, event(kEvery_s * i + 60.0, -21.0, -69.03, 0.1), kFar_km, kFar_km);
    }
    return scenario;
  }

  /// P everywhere, S at the few stations within 30 km.
  Scenario large_with_few_s() {
    Scenario scenario = quiet();
    for (int i = 0; i < kTimes; ++i) {
      SuiteEvent large = event(kEvery_s * i + 60.0, -21.0, -69.0, 0.5);
      large.magnitude = 7.0;
      add(scenario, large, kFar_km, 30.0);
    }
    return scenario;
  }

  /// Fifty an hour at one place, at any time.
  Scenario swarm() {
    Scenario scenario = quiet();
    scenario.duration_s = 2.0 * 3600.0;
    for (int i = 0; i < kTimes; ++i) {
      add(scenario,
          event(uniform(0.0, scenario.duration_s), -21.0, -69.0, 0.02),
          uniform(40.0, 90.0),
          40.0);
    }
    return scenario;
  }

  /// Ten stations and a hundred apertures of a fibre through their midst, whose clock is wrong by
  /// up to 2 s, anew for each event.
  Scenario fibre() {
    Scenario scenario = quiet();
    std::erase_if(scenario.stations, [](const geod::bench::SuiteStation& station) {
      return std::abs(station.latitude_deg + 21.0) > 0.5 ||
             std::abs(station.longitude_deg + 69.0) > 0.5;
    });
    std::shuffle(scenario.stations.begin(), scenario.stations.end(), random_);
    scenario.stations.resize(10);
    for (int i = 0; i < 100; ++i) {
      scenario.stations.push_back({fmt::format("F:{}", 100 * i), -21.4 + 0.009 * i, -69.0, "F"});
    }
    for (int i = 0; i < kTimes; ++i) {
      const SuiteEvent here = event(kEvery_s * i + 60.0, -21.0, -69.0, 0.2);
      const double late_s = uniform(-2.0, 2.0);
      add(scenario, here, kFar_km, kFar_km);
      for (geod::bench::SuitePick& pick : scenario.picks) {
        const auto station = static_cast<std::size_t>(pick.station);
        if (pick.event == i && !scenario.stations[station].fibre_id.empty()) {
          // The apertures scatter by an eighth of what stations do.
          const double travel_s = travel_time_s(here, scenario.stations[station], pick.phase);
          pick.time_s =
              here.time_s + late_s + travel_s + (pick.time_s - here.time_s - travel_s) / 8.0;
          pick.uncertainty_s = 0.05;
        }
      }
    }
    std::sort(scenario.picks.begin(), scenario.picks.end(), [](const auto& a, const auto& b) {
      return a.time_s < b.time_s;
    });
    return scenario;
  }

 private:
  static double travel_time_s(const SuiteEvent& event,
                              const geod::bench::SuiteStation& station,
                              geod::Phase phase) {
    const double distance_km =
        way_between(geod::catalog::surface_point(event.latitude_deg, event.longitude_deg),
                    geod::catalog::surface_point(station.latitude_deg, station.longitude_deg))
            .distance_km;
    return geod::bench::GradientModel{}.time_s(phase, distance_km, event.depth_km);
  }

  std::mt19937_64 random_;
};

}  // namespace

int main(int argc, char** argv) {
  const std::uint64_t seed = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1;
  Drawer drawer(seed);
  const std::vector<std::pair<std::string, Scenario>> scenarios{
      {"two_at_once", drawer.two_at_once()},
      {"three_stations", drawer.three_stations()},
      {"large_with_few_s", drawer.large_with_few_s()},
      {"swarm_50_an_hour", drawer.swarm()},
      {"fibre", drawer.fibre()}};
  geod::bench::print_host();
  for (const auto& [name, scenario] : scenarios) {
    if (argc > 2) {
      geod::bench::write_scenario(scenario, fmt::format("{}/{}.txt", argv[2], name));
    }
    const geod::bench::AssociationRun run = geod::bench::associate(scenario, {}, 1.0);
    const geod::bench::SuiteScore score = geod::bench::score_events(scenario, run.found);
    fmt::print("{}: {} events, {} found, {} matched, F1 {:.3f}, epicentre {:.2f} km (median)\n",
               name,
               scenario.events.size(),
               run.found.size(),
               score.matched,
               score.f1,
               score.median_epicentre_error_km);
  }
  return 0;
}
