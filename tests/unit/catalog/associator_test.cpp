#include "catalog/associator.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <tuple>

#include <gtest/gtest.h>

#include "bench/association_run.hpp"

namespace geod::catalog {
namespace {

using bench::Scenario;

class AssociatorTest : public testing::Test {
 protected:
  static std::unique_ptr<Associator> made(const Scenario& scenario,
                                          const AssociationOptions& options = {}) {
    return *Associator::make(bench::sites_of(scenario), bench::suite_travel_times(), options);
  }
  static std::vector<AssociationPick> picks_of(const Scenario& scenario) {
    std::vector<AssociationPick> picks;
    for (std::size_t i = 0; i < scenario.picks.size(); ++i) {
      picks.push_back(bench::association_pick(scenario, i));
    }
    return picks;
  }
  static Scenario quiet() {
    bench::ScenarioOptions options;
    options.events = 0;
    options.duration_s = 600.0;
    return bench::make_scenario(options);
  }
  static void take(std::map<std::string, EventVersion>& standing,
                   const std::vector<EventChange>& changes) {
    for (const EventChange& change : changes) {
      EventVersion& event = standing[change.event.event_id];
      EXPECT_EQ(change.event.version, event.event_id.empty() ? 1 : event.version + 1);
      event = change.event;
    }
  }
  static std::map<std::string, EventVersion> run(const Scenario& scenario) {
    const auto associator = made(scenario);
    std::map<std::string, EventVersion> standing;
    take(standing, associator->push(picks_of(scenario)).changes);
    take(standing, associator->advance(Time{std::chrono::hours(3)}));
    std::erase_if(standing,
                  [](const auto& entry) { return entry.second.status == EventStatus::kWithdrawn; });
    return standing;
  }
};

TEST_F(AssociatorTest, FindsTheEventsOfABusyHour) {
  bench::ScenarioOptions options;
  options.events = 50;
  options.duration_s = 3600.0;
  const Scenario scenario = bench::make_scenario(options);
  const bench::AssociationRun found = bench::associate(scenario, {}, 5.0);
  const bench::SuiteScore score = bench::score_events(scenario, found.found);
  EXPECT_GE(score.f1, 0.95);
  EXPECT_LT(score.median_epicentre_error_km, 1.0);
}

TEST_F(AssociatorTest, OrderAndChunksDoNotChangeTheFinalCatalogue) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  bench::ScenarioOptions options;
  options.events = 30;
  options.duration_s = 900.0;
  options.seed = seed;
  const Scenario scenario = bench::make_scenario(options);
  const auto content = [](const std::map<std::string, EventVersion>& events) {
    std::set<std::tuple<Time, double, double, double, std::vector<std::string>>> all;
    for (const auto& [id, event] : events) {
      if (event.status != EventStatus::kWithdrawn) {
        EXPECT_EQ(event.status, EventStatus::kFinal);
        std::vector<std::string> ids;
        for (const OriginArrival& arrival : event.arrivals) {
          ids.push_back(arrival.pick_id);
        }
        all.insert({event.origin.time,
                    event.origin.latitude_deg,
                    event.origin.longitude_deg,
                    event.origin.depth_km,
                    ids});
      }
    }
    return all;
  };
  const auto straight = content(run(scenario));
  EXPECT_GT(straight.size(), 15U);
  for (int round = 0; round < 2; ++round) {
    std::vector<AssociationPick> picks = picks_of(scenario);
    std::shuffle(picks.begin(), picks.end(), random);
    const auto associator = made(scenario);
    std::map<std::string, EventVersion> standing;
    for (std::size_t next = 0; next < picks.size();) {
      const std::size_t count = std::min<std::size_t>(1 + random() % 200, picks.size() - next);
      take(standing, associator->push(std::span(picks).subspan(next, count)).changes);
      next += count;
      if (random() % 4 == 0) {
        take(standing, associator->advance(picks[next - 1].time));
      }
    }
    take(standing, associator->advance(Time{std::chrono::hours(3)}));
    EXPECT_EQ(content(standing), straight);
  }
}

TEST_F(AssociatorTest, TwoDistantEventsAtOneTimeAreTwo) {
  Scenario scenario = quiet();
  bench::add_event(scenario, {100.0, -21.8, -69.8, 8.0, 1.5}, 90.0, 70.0, 1);
  bench::add_event(scenario, {100.5, -20.2, -68.2, 12.0, 1.5}, 90.0, 70.0, 2);
  const auto events = run(scenario);
  ASSERT_EQ(events.size(), 2U);
  std::vector<bench::FoundEvent> found;
  for (const auto& [id, event] : events) {
    found.push_back(bench::found_event(event));
  }
  EXPECT_EQ(bench::score_events(scenario, found).matched, 2);
}

TEST_F(AssociatorTest, ABigEventWithFewSIsOne) {
  Scenario scenario = quiet();
  bench::add_event(scenario, {100.0, -21.1, -69.2, 15.0, 7.0}, 1000.0, 25.0, 3);
  const auto events = run(scenario);
  ASSERT_EQ(events.size(), 1U);
  const EventVersion& event = events.begin()->second;
  EXPECT_GT(event.arrivals.size(), scenario.picks.size() * 9 / 10);
  EXPECT_NEAR(event.origin.latitude_deg, -21.1, 0.01);
  EXPECT_NEAR(event.origin.longitude_deg, -69.2, 0.01);
}

TEST_F(AssociatorTest, TellsOfAnEventWithItsFirstPhasesAndEndsItUnderTheSameId) {
  Scenario scenario = quiet();
  bench::add_event(scenario, {100.0, -21.1, -69.2, 10.0, 2.0}, 90.0, 90.0, 4);
  const auto associator = made(scenario);
  std::vector<EventChange> told;
  std::size_t phases_at_first = 0;
  for (const AssociationPick& pick : picks_of(scenario)) {
    for (EventChange& change : associator->push({&pick, 1}).changes) {
      phases_at_first = told.empty() ? change.event.arrivals.size() : phases_at_first;
      told.push_back(std::move(change));
    }
  }
  EXPECT_GE(phases_at_first, 4U);
  EXPECT_LE(phases_at_first, 6U);
  EXPECT_EQ(told.front().event.status, EventStatus::kPreliminary);
  const auto ends = associator->advance(Time{std::chrono::minutes(10)});
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(ends[0].event.status, EventStatus::kFinal);
  EXPECT_EQ(ends[0].event.event_id, told.front().event.event_id);
  EXPECT_TRUE(associator->advance(Time{std::chrono::minutes(11)}).empty());
}

TEST_F(AssociatorTest, ABackfilledPickOpensAFinalEventAgain) {
  Scenario scenario = quiet();
  bench::add_event(scenario, {100.0, -21.1, -69.2, 10.0, 2.0}, 90.0, 90.0, 5);
  std::vector<AssociationPick> picks = picks_of(scenario);
  const AssociationPick late = picks[picks.size() / 2];
  picks.erase(picks.begin() + static_cast<std::ptrdiff_t>(picks.size() / 2));
  const auto associator = made(scenario);
  associator->push(picks);
  const auto ends = associator->advance(Time{std::chrono::minutes(10)});
  ASSERT_EQ(ends.size(), 1U);
  const auto again = associator->push({&late, 1}).changes;
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].event.event_id, ends[0].event.event_id);
  EXPECT_GT(again[0].event.version, ends[0].event.version);
  EXPECT_EQ(again[0].event.arrivals.size(), ends[0].event.arrivals.size() + 1);
}

TEST_F(AssociatorTest, AfterARestartNothingIsToldTwiceAndIdsStay) {
  Scenario scenario = quiet();
  bench::add_event(scenario, {100.0, -21.1, -69.2, 10.0, 2.0}, 90.0, 90.0, 9);
  bench::add_event(scenario, {1200.0, -20.9, -69.0, 10.0, 2.0}, 90.0, 90.0, 10);
  const std::vector<AssociationPick> picks = picks_of(scenario);
  std::map<std::string, EventVersion> standing;
  const auto before = made(scenario);
  take(standing, before->push(std::span(picks).first(picks.size() - 4)).changes);
  ASSERT_EQ(standing.size(), 2U);
  std::vector<EventVersion> known;
  for (const auto& [id, event] : standing) {
    known.push_back(event);
  }
  const auto after = made(scenario);
  after->recall(known, Time{std::chrono::seconds(1000)});
  const auto changes = after->push(picks).changes;
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_TRUE(standing.contains(changes[0].event.event_id));
  EXPECT_EQ(changes[0].event.version, 2);
}

TEST_F(AssociatorTest, AFinalEventStaysFinalWhenWhatFollowsAPickChangesNothing) {
  Scenario scenario = quiet();
  bench::add_event(scenario, {100.0, -21.0, -69.0, 10.0, 3.0}, 100.0, 80.0, 1);
  const auto associator = made(scenario);
  std::vector<AssociationPick> picks = picks_of(scenario);
  std::map<std::string, EventVersion> standing;
  take(standing, associator->push(picks, Time{std::chrono::hours(1)}).changes);
  ASSERT_EQ(standing.size(), 1U);
  EXPECT_EQ(standing.begin()->second.version, 1);
  EXPECT_EQ(standing.begin()->second.status, EventStatus::kFinal);
  picks.front().back_azimuth_deg = Measured{0.0, 170.0};  // as good as none
  take(standing, associator->push(std::span(picks).first(1)).changes);
  EXPECT_EQ(standing.begin()->second.status, EventStatus::kFinal);
  EXPECT_LE(standing.begin()->second.version, 2);
}

TEST_F(AssociatorTest, SComesAfterPAndOnceAStation) {
  bench::ScenarioOptions options;
  options.events = 20;
  options.duration_s = 600.0;
  const Scenario scenario = bench::make_scenario(options);
  for (const auto& [id, event] : run(scenario)) {
    std::map<int, std::map<Phase, double>> times;
    for (const OriginArrival& arrival : event.arrivals) {
      const auto& pick = scenario.picks[static_cast<std::size_t>(std::stoi(arrival.pick_id))];
      EXPECT_TRUE(times[pick.station].emplace(pick.phase, pick.time_s).second);
    }
    for (const auto& [station, phases] : times) {
      if (phases.size() == 2) {
        EXPECT_LT(phases.at(Phase::kP), phases.at(Phase::kS));
      }
    }
  }
}

TEST_F(AssociatorTest, NoiseAloneIsNoEvent) {
  Scenario scenario = quiet();
  std::mt19937_64 random(7);
  for (int i = 0; i < 400; ++i) {
    bench::SuitePick pick;
    pick.station = static_cast<int>(random() % 100);
    pick.phase = random() % 2 == 0 ? Phase::kP : Phase::kS;
    pick.time_s = static_cast<double>(random() % 3600000) / 1e3;
    pick.uncertainty_s = 0.2;
    pick.probability = 0.4;
    scenario.picks.push_back(pick);
  }
  EXPECT_LE(run(scenario).size(), 1U);
}

TEST_F(AssociatorTest, AFibreAloneIsNoEventHoweverManyApertures) {
  const Scenario scenario = quiet();
  std::vector<AssociationSite> sites = bench::sites_of(scenario);
  std::vector<AssociationPick> picks;
  for (int i = 0; i < 60; ++i) {
    const std::string key = "F1:" + std::to_string(i);
    sites.push_back({key, -21.0 + 0.001 * i, -69.0, 0.0, "F1"});
    for (const Phase phase : {Phase::kP, Phase::kS}) {
      const double travel_s = bench::suite_travel_times().first_arrival(phase, 30.0, 10.0).time_s;
      picks.push_back({key + std::string(to_string(phase)),
                       key,
                       phase,
                       Time{duration_from_seconds(100.0 + travel_s)},
                       0.1,
                       0.9,
                       {},
                       {}});
    }
  }
  const auto associator = *Associator::make(sites, bench::suite_travel_times(), {});
  EXPECT_TRUE(associator->push(picks).changes.empty());
}

TEST_F(AssociatorTest, OneStationWithABackAzimuthGivesAWideEvent) {
  Scenario scenario = quiet();
  scenario.stations.resize(1);
  bench::add_event(scenario, {100.0, -21.7, -69.6, 10.0, 2.0}, 300.0, 300.0, 6);
  std::vector<AssociationPick> picks = picks_of(scenario);
  ASSERT_EQ(picks.size(), 2U);
  const Way way = way_between(surface_point(-22.0, -70.0), surface_point(-21.7, -69.6));
  picks[0].back_azimuth_deg = Measured{way.azimuth_deg(), 12.0};
  const auto associator = made(scenario);
  const auto changes = associator->push(picks).changes;
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].event.kind, EventKind::kFewStations);
  EXPECT_EQ(changes[0].event.origin.quality, QualityClass::kD);
  EXPECT_TRUE(changes[0].event.origin.depth_is_fixed);
  const SurfacePoint at =
      surface_point(changes[0].event.origin.latitude_deg, changes[0].event.origin.longitude_deg);
  const double off_km = way_between(at, surface_point(-21.7, -69.6)).distance_km;
  EXPECT_LT(off_km, 3.0 * changes[0].event.origin.ellipse.major_km);
  EXPECT_GT(changes[0].event.origin.ellipse.major_km, 5.0);
}

TEST_F(AssociatorTest, RefusesWhatItCannotUseAndKeepsTheRest) {
  Scenario scenario = quiet();
  bench::add_event(scenario, {4000.0, -21.1, -69.2, 10.0, 2.0}, 90.0, 90.0, 8);
  std::vector<AssociationPick> picks = picks_of(scenario);
  picks.push_back(picks[0]);
  picks.back().pick_id = "nowhere";
  picks.back().site = "XX.NONE";
  picks.push_back(picks[0]);
  picks.back().pick_id = "unsure";
  picks.back().uncertainty_s = std::numeric_limits<double>::quiet_NaN();
  const auto associator = made(scenario);
  const Associator::Outcome outcome = associator->push(picks);
  EXPECT_EQ(outcome.refused, (Associator::Refused{0, 1, 1}));
  EXPECT_EQ(outcome.changes.size(), 1U);
  picks[0].pick_id = "old";
  picks[0].time = Time{std::chrono::seconds(10)};
  EXPECT_EQ(associator->push({picks.data(), 1}).refused, (Associator::Refused{1, 0, 0}));
}

TEST_F(AssociatorTest, DelaysOfStationsLeaveTheEventWhereItIs) {
  Scenario scenario = quiet();
  bench::add_event(scenario, {100.0, -21.0, -69.0, 10.0, 2.0}, 150.0, 150.0, 1);
  const auto plain = run(scenario);
  // A basin in the west: picks come late there, behind others that they came before.
  std::vector<AssociationSite> sites = bench::sites_of(scenario);
  std::map<std::string, AssociationSite> by_key;
  for (AssociationSite& site : sites) {
    const bool is_in_basin = site.longitude_deg < -69.0;
    site.p_delay_s = is_in_basin ? 0.5 : -0.25;
    site.s_delay_s = is_in_basin ? 1.5 : 0.0;
    by_key[site.key] = site;
  }
  std::vector<AssociationPick> picks = picks_of(scenario);
  for (AssociationPick& pick : picks) {
    const AssociationSite& site = by_key[pick.site];
    pick.time += duration_from_seconds(pick.phase == Phase::kP ? site.p_delay_s : site.s_delay_s);
  }
  std::shuffle(picks.begin(), picks.end(), std::mt19937_64{7});
  const auto associator = *Associator::make(sites, bench::suite_travel_times(), {});
  std::map<std::string, EventVersion> events;
  for (const AssociationPick& pick : picks) {
    take(events, associator->push({&pick, 1}).changes);
  }
  take(events, associator->advance(Time{std::chrono::hours(3)}));
  std::erase_if(events,
                [](const auto& entry) { return entry.second.status == EventStatus::kWithdrawn; });
  ASSERT_EQ(plain.size(), 1U);
  ASSERT_EQ(events.size(), 1U);
  const EventVersion& event = events.begin()->second;
  const EventVersion& without = plain.begin()->second;
  EXPECT_NEAR(event.origin.latitude_deg, without.origin.latitude_deg, 1e-6);
  EXPECT_NEAR(event.origin.longitude_deg, without.origin.longitude_deg, 1e-6);
  ASSERT_EQ(event.arrivals.size(), without.arrivals.size());
  for (std::size_t i = 0; i < event.arrivals.size(); ++i) {
    EXPECT_NEAR(event.arrivals[i].residual_s, without.arrivals[i].residual_s, 1e-4);
  }
}

TEST_F(AssociatorTest, ASiteGivenTwiceIsRefusedByName) {
  const std::vector<AssociationSite> sites{{"CI.CLC", 35.8, -117.6, 0.0, ""},
                                           {"CI.CLC", 35.8, -117.6, 0.0, ""}};
  const auto associator = Associator::make(sites, bench::suite_travel_times(), {});
  ASSERT_FALSE(associator);
  EXPECT_EQ(associator.error().code, Errc::kConfig);
  EXPECT_NE(associator.error().what.find("CI.CLC"), std::string::npos);
}

}  // namespace
}  // namespace geod::catalog
