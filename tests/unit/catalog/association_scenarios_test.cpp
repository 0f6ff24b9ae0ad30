#include <map>
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

  static std::map<std::string, EventVersion> standing(const std::vector<AssociationSite>& sites,
                                                      const std::vector<AssociationPick>& picks) {
    const auto associator = *Associator::make(sites, bench::suite_travel_times(), {});
    std::map<std::string, EventVersion> events;
    const auto keep = [&events](const std::vector<EventChange>& changes) {
      for (const EventChange& change : changes) {
        events[change.event.event_id] = change.event;
      }
    };
    keep(associator->push(picks).changes);
    keep(associator->advance(Time{std::chrono::hours{3}}));
    std::erase_if(events,
                  [](const auto& each) { return each.second.status == EventStatus::kWithdrawn; });
    return events;
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
  scenario.stations = {{"A", -21.2, -69.2, ""}, {"B", -20.8, -69.1, ""}, {"C", -21.0, -68.8, ""}};
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

TEST_F(AssociationScenariosTest, FarOutsideOfTheNetworkEventsAreFoundAsFarAsTheMarginReaches) {
  Scenario scenario = quiet(3600.0);
  for (int i = 0; i < 12; ++i) {
    const SuiteEvent event{
        300.0 * i + uniform(0.0, 100.0), -21.0 + uniform(-0.8, 0.8), -71.2, 10.0, 4.0};
    bench::add_event(scenario, event, 600.0, 600.0, random_());
  }
  AssociationOptions wide;
  wide.margin_km = 140.0;
  wide.farthest_km = 420.0;
  const bench::SuiteScore score =
      bench::score_events(scenario, bench::associate(scenario, wide, 5.0).found);
  EXPECT_GE(score.matched, 11);
  EXPECT_LT(score.median_epicentre_error_km, 10.0);
  AssociationOptions near;
  near.farthest_km = 100.0;
  EXPECT_EQ(bench::score_events(scenario, bench::associate(scenario, near, 5.0).found).matched, 0);
}

/// A fibre of 10,000 channels at 10 m, a pick an aperture of a kilometre, through the area of ten
/// stations; one event.
class AFibreAmongTenStations : public AssociationScenariosTest {
 protected:
  AFibreAmongTenStations() {
    std::shuffle(scenario_.stations.begin(), scenario_.stations.end(), random_);
    std::erase_if(scenario_.stations, [](const bench::SuiteStation& station) {
      return std::abs(station.latitude_deg + 21.0) > 0.5 ||
             std::abs(station.longitude_deg + 69.0) > 0.5;
    });
    scenario_.stations.resize(10);
    bench::add_event(scenario_, truth_, 500.0, 500.0, random_());
    for (std::size_t i = 0; i < scenario_.picks.size(); ++i) {
      picks_.push_back(bench::association_pick(scenario_, i));
    }
    sites_ = bench::sites_of(scenario_);
    for (int i = 0; i < 100; ++i) {
      sites_.push_back({"F:" + std::to_string(100 * i), -21.4 + 0.009 * i, -69.0, 0.0, "F"});
    }
  }

  double from_truth_km(double latitude_deg, double longitude_deg) const {
    return way_between(surface_point(truth_.latitude_deg, truth_.longitude_deg),
                       surface_point(latitude_deg, longitude_deg))
        .distance_km;
  }

  /// Picks of stations and fibre, whose clock is `late_s` late.
  std::vector<AssociationPick> with_fibre(double late_s) {
    std::vector<AssociationPick> picks = picks_;
    std::normal_distribution<double> scatter(0.0, kFibreSigma_s);
    for (const AssociationSite& site : sites_) {
      if (site.fibre_id.empty()) {
        continue;
      }
      const double distance_km = from_truth_km(site.latitude_deg, site.longitude_deg);
      for (const Phase phase : {Phase::kP, Phase::kS}) {
        const double travel_s =
            bench::suite_travel_times().first_arrival(phase, distance_km, truth_.depth_km).time_s;
        const double time_s = truth_.time_s + travel_s + late_s + scatter(random_);
        picks.push_back({site.key + std::string(to_string(phase)),
                         site.key,
                         phase,
                         Time{duration_from_seconds(time_s)},
                         kFibreSigma_s,
                         0.9,
                         {},
                         {}});
      }
    }
    return picks;
  }

  static constexpr double kFibreSigma_s = 0.05;
  Scenario scenario_ = quiet(600.0);
  const SuiteEvent truth_{
      100.0, -21.0 + uniform(-0.2, 0.2), -69.0 + uniform(-0.2, 0.2), uniform(5.0, 15.0), 2.5};
  std::vector<AssociationSite> sites_;
  std::vector<AssociationPick> picks_;  ///< of the stations
};

TEST_F(AFibreAmongTenStations, NeverSplitsAnEventForItsClock) {
  for (const double late_s : {-2.0, -1.5, -1.0, -0.3, 0.0, 0.3, 1.0, 1.5, 2.0}) {
    SCOPED_TRACE(late_s);
    const auto events = standing(sites_, with_fibre(late_s));
    ASSERT_EQ(events.size(), 1U);
    const Origin& origin = events.begin()->second.origin;
    EXPECT_LT(from_truth_km(origin.latitude_deg, origin.longitude_deg), 3.0);
    EXPECT_NEAR(to_seconds(origin.time.time_since_epoch()), truth_.time_s, 0.8);
    EXPECT_GE(origin.stations, 10);
    EXPECT_GE(events.begin()->second.arrivals.size(), 190U);
  }
}

}  // namespace
}  // namespace geod::catalog
