#include <random>

#include <gtest/gtest.h>

#include "bench/association_run.hpp"
#include "catalog/associator.hpp"

namespace geod::catalog {
namespace {

using bench::Scenario;
using bench::SuiteEvent;

/// What an associator stands for, against scenarios that are drawn anew at every run.
class AssociationScenariosTest : public testing::Test {
 protected:
  double uniform(double from, double to) {
    return std::uniform_real_distribution<double>(from, to)(random_);
  }

  static Scenario quiet(double duration_s) {
    bench::ScenarioOptions options;
    options.events = 0;
    options.duration_s = duration_s;
    return bench::make_scenario(options);
  }

  const std::uint64_t seed_ = std::random_device{}();
  testing::ScopedTrace trace_{__FILE__, __LINE__, "seed " + std::to_string(seed_)};
  std::mt19937_64 random_{seed_};
};

TEST_F(AssociationScenariosTest, ASwarmOfFiftyAnHourAtOnePlaceIsFiftyEvents) {
  Scenario scenario = quiet(3600.0);
  for (int i = 0; i < 50; ++i) {
    // One a 72 s, at any moment of them but the last 12: closer ones are another question.
    const SuiteEvent event{72.0 * i + uniform(0.0, 60.0),
                           -21.0 + uniform(-0.02, 0.02),
                           -69.0 + uniform(-0.02, 0.02),
                           uniform(6.0, 12.0),
                           1.0};
    bench::add_event(scenario, event, uniform(40.0, 90.0), uniform(35.0, 40.0), random_());
  }
  const bench::AssociationRun run = bench::associate(scenario, {}, 5.0);
  const bench::SuiteScore score = bench::score_events(scenario, run.found);
  EXPECT_GE(score.matched, 48);
  EXPECT_LE(run.found.size(), 52U);
  EXPECT_LT(score.median_epicentre_error_km, 1.5);
}

TEST_F(AssociationScenariosTest, ThreeStationsWithPAndSAreEnough) {
  Scenario scenario = quiet(3600.0);
  scenario.stations = {{"A", -21.2, -69.2}, {"B", -20.8, -69.1}, {"C", -21.0, -68.8}};
  for (int i = 0; i < 20; ++i) {
    const SuiteEvent event{180.0 * i + uniform(0.0, 100.0),
                           -21.0 + uniform(-0.1, 0.1),
                           -69.03 + uniform(-0.1, 0.1),
                           uniform(5.0, 15.0),
                           1.5};
    bench::add_event(scenario, event, 500.0, 500.0, random_());
  }
  const bench::AssociationRun run = bench::associate(scenario, {}, 5.0);
  const bench::SuiteScore score = bench::score_events(scenario, run.found);
  EXPECT_GE(score.matched, 18);
  EXPECT_LE(run.found.size(), 22U);
  EXPECT_LT(score.median_epicentre_error_km, 8.0);
}

}  // namespace
}  // namespace geod::catalog
