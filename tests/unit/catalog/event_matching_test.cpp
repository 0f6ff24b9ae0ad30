#include "catalog/event_matching.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/catalogue_comparison.hpp"
#include "catalog/review_matching.hpp"
#include "catalog/surface_point.hpp"
#include "tests/support/event_fixture.hpp"

namespace geod::catalog {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

EventPoint point(double seconds, double longitude_deg = -117.5) {
  return {at("2019-07-04T17:00:00") + duration_from_seconds(seconds), 35.7, longitude_deg};
}

std::vector<std::pair<std::size_t, std::size_t>> pairs(const std::vector<EventMatch>& matches) {
  std::vector<std::pair<std::size_t, std::size_t>> result;
  for (const EventMatch& match : matches) {
    result.emplace_back(match.left, match.right);
  }
  return result;
}

/// As event_matching.hpp defines it; nothing when they cannot be the same.
std::optional<double> cost(const EventPoint& a, const EventPoint& b, const MatchLimits& limits) {
  const double time = to_seconds(b.time - a.time) / limits.max_time_s;
  const double distance = way_between(surface_point(a.latitude_deg, a.longitude_deg),
                                      surface_point(b.latitude_deg, b.longitude_deg))
                              .distance_km /
                          limits.max_distance_km;
  return std::abs(time) <= 1.0 && distance <= 1.0
             ? std::optional(std::sqrt(0.5 * (time * time + distance * distance)))
             : std::nullopt;
}

/// The least sum by trying all.
double least_sum(const std::vector<EventPoint>& left,
                 const std::vector<EventPoint>& right,
                 const MatchLimits& limits,
                 std::size_t from,
                 std::vector<bool>& taken) {
  if (from == left.size()) {
    return 0.0;
  }
  double least = 1.0 + least_sum(left, right, limits, from + 1, taken);
  for (std::size_t i = 0; i < right.size(); ++i) {
    const auto own = cost(left[from], right[i], limits);
    if (own && !taken[i]) {
      taken[i] = true;
      least = std::min(least, *own + least_sum(left, right, limits, from + 1, taken));
      taken[i] = false;
    }
  }
  return least;
}

TEST(MatchEvents, MatchesWithinBothLimits) {
  const std::vector<EventPoint> left{point(0), point(100), point(200)};
  const std::vector<EventPoint> right{point(4.9), point(105.1), point(200, -118.5)};
  EXPECT_THAT(pairs(match_events(left, right, {})), ElementsAre(std::pair{0U, 0U}));
  EXPECT_THAT(match_events(left, right, {6.0, 100.0}), SizeIs(3));
  EXPECT_THAT(match_events(left, {}, {}), IsEmpty());
  EXPECT_THAT(match_events({}, right, {}), IsEmpty());
}

TEST(MatchEvents, GivesEachEventOnePartner) {
  EXPECT_THAT(pairs(match_events(std::vector{point(0), point(1)}, std::vector{point(0.9)}, {})),
              ElementsAre(std::pair{1U, 0U}));
}

TEST(MatchEvents, MovesAMatchAsideWhereBothGainByIt) {
  // The nearest first would take (0, 0) at 0.5 s and leave the second event alone, whose only
  // possible partner that is.
  const std::vector<EventPoint> left{point(0), point(5.0)};
  const std::vector<EventPoint> right{point(0.5), point(-1.0)};
  EXPECT_THAT(pairs(match_events(left, right, {})),
              ElementsAre(std::pair{0U, 1U}, std::pair{1U, 0U}));
}

TEST(MatchEvents, FindsTheLeastSumOfRandomSwarms) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 numbers(seed);
  std::uniform_real_distribution<double> seconds(0.0, 15.0);
  std::uniform_real_distribution<double> longitude(-117.8, -117.2);
  for (int round = 0; round < 300; ++round) {
    std::vector<EventPoint> left(numbers() % 7);
    std::vector<EventPoint> right(numbers() % 7);
    for (auto* side : {&left, &right}) {
      for (EventPoint& each : *side) {
        each = point(seconds(numbers), longitude(numbers));
      }
    }
    const MatchLimits limits;
    double sum = static_cast<double>(left.size());
    std::vector<bool> taken(right.size(), false);
    for (const EventMatch& match : match_events(left, right, limits)) {
      const auto own = cost(left[match.left], right[match.right], limits);
      ASSERT_TRUE(own);
      ASSERT_FALSE(taken[match.right]);
      taken[match.right] = true;
      sum += *own - 1.0;
    }
    std::vector<bool> none(right.size(), false);
    ASSERT_NEAR(sum, least_sum(left, right, limits, 0, none), 1e-9) << "round " << round;
  }
}

TEST(MatchReviews, GoesByOurIdBeforeTimeAndPlace) {
  const std::vector<OwnEvent> events{{"0000000000000001", point(0)},
                                     {"0000000000000002", point(1)}};
  const auto review_at = [](const std::string& id, double seconds) {
    ReviewedEvent review;
    review.public_id = id;
    const EventPoint where = point(seconds);
    review.time = where.time;
    review.latitude_deg = where.latitude_deg;
    review.longitude_deg = where.longitude_deg;
    return review;
  };
  // The first was moved by a minute but is still ours; the second is near to it; the third speaks
  // of a withdrawn event, the fourth of none that we have.
  const std::vector<ReviewedEvent> reviews{review_at("smi:a.bc/event/0000000000000002", 60),
                                           review_at("quakeml:a.b/1", 1),
                                           review_at("smi:a.bc/event/0000000000000003", 500),
                                           review_at("smi:a.bc/event/0000000000000004", 900)};
  const std::vector<std::string> named{"0000000000000002", "0000000000000003"};
  EXPECT_THAT(match_reviews(reviews, events, named, {}),
              ElementsAre("0000000000000002", "0000000000000001", "0000000000000003", ""));
}

ListedEvent listed(double seconds, double depth_km, std::optional<double> magnitude) {
  const EventPoint where = point(seconds);
  return {"", where.time, where.latitude_deg, where.longitude_deg, depth_km, magnitude, "ML"};
}

TEST(CompareCatalogues, TellsRecallByMagnitudeAndDifferences) {
  const std::vector<ListedEvent> reference{listed(0, 10, 3.9),
                                           listed(100, 10, 3.1),
                                           listed(200, 10, 0.5),
                                           listed(300, 10, -0.5),
                                           listed(400, 10, std::nullopt)};
  const std::vector<ListedEvent> ours{listed(0.5, 12, 4.0),
                                      listed(100.1, 11, 3.0),
                                      listed(300.3, 7, std::nullopt),
                                      listed(1000, 5, 1.0)};
  const CatalogueComparison comparison =
      compare_catalogues(reference, ours, {}, [](const ListedEvent&) { return true; });
  EXPECT_THAT(comparison.matches, SizeIs(3));
  EXPECT_THAT(comparison.missed, ElementsAre(2U, 4U));
  EXPECT_THAT(comparison.extra, ElementsAre(3U));
  ASSERT_THAT(comparison.bins, SizeIs(4));
  EXPECT_EQ(comparison.bins[0].from, -1);
  EXPECT_EQ(comparison.bins[0].matched, 1);
  EXPECT_EQ(comparison.bins[2].from, 3);
  EXPECT_EQ(comparison.bins[2].reference, 2);
  EXPECT_EQ(comparison.bins[2].matched, 2);
  EXPECT_EQ(comparison.bins[3].from, std::nullopt);
  EXPECT_EQ(comparison.bins[3].matched, 0);
  EXPECT_NEAR(comparison.time_s.median, 0.3, 1e-9);
  EXPECT_NEAR(comparison.depth_km.mean, 0.0, 1e-9);
  EXPECT_NEAR(comparison.depth_km.ninetieth_percentile, 2.8, 1e-9);
  EXPECT_EQ(comparison.magnitude.count, 2);
  EXPECT_NEAR(comparison.magnitude.median, 0.0, 1e-9);
  EXPECT_NEAR(comparison.epicentre_km.median, 0.0, 1e-6);
}

TEST(CompareCatalogues, HoldsTheFirstPickOfEachStationAgainstTheOthers) {
  const Time when = at("2019-07-04T17:00:05");
  const auto after = [when](int ms) { return when + std::chrono::milliseconds(ms); };
  std::vector<ListedEvent> reference{listed(0, 10, 1.0), listed(100, 10, 1.0)};
  std::vector<ListedEvent> ours = reference;
  reference[0].picks = {{"CI.CLC", Phase::kP, after(0)},
                        {"CI.CLC", Phase::kP, after(900)},
                        {"CI.SRT", Phase::kP, after(500)},
                        {"CI.CLC", Phase::kS, after(3000)}};
  ours[0].picks = {{"CI.CLC", Phase::kP, after(20)},
                   {"CI.TOW2", Phase::kP, after(700)},
                   {"CI.WRC2", Phase::kS, after(4000)}};
  ours[1].picks = {{"CI.CLC", Phase::kP, after(100'000)}};  // the reference tells none: not counted
  const auto picks =
      compare_catalogues(reference, ours, {}, [](const ListedEvent&) { return true; }).picks;
  EXPECT_EQ(picks[0].time_s.count, 1U);
  EXPECT_NEAR(picks[0].time_s.median, 0.02, 1e-9);
  EXPECT_EQ(picks[0].reference_only, 1U);
  EXPECT_EQ(picks[0].other_only, 1U);
  EXPECT_EQ(picks[1].time_s.count, 0U);
  EXPECT_EQ(picks[1].reference_only, 1U);
  EXPECT_EQ(picks[1].other_only, 1U);
}

TEST(Listed, TakesPicksThatAreAKindOfPOrS) {
  ReviewedEvent event;
  for (const char* hint : {"Pg", "Sn", "p", "PP", "PKP", "Lg", "", "amplitude"}) {
    ReviewedArrival arrival;
    arrival.channel.network = "CI";
    arrival.channel.station = "CLC";
    arrival.phase_hint = hint;
    event.arrivals.push_back(arrival);
  }
  const ListedEvent taken = catalog::listed(event);
  ASSERT_THAT(taken.picks, SizeIs(3));
  EXPECT_EQ(taken.picks[0].station, "CI.CLC");
  EXPECT_EQ(taken.picks[0].phase, Phase::kP);
  EXPECT_EQ(taken.picks[1].phase, Phase::kS);
  EXPECT_EQ(taken.picks[2].phase, Phase::kP);
}

TEST(CompareCatalogues, MatchesAcrossTheBorderOfWhatCounts) {
  const Time from = at("2019-07-04T17:00:00");
  const std::vector<ListedEvent> reference{listed(0.1, 10, 1.0), listed(-50, 10, 1.0)};
  const std::vector<ListedEvent> ours{listed(-0.2, 10, 1.0), listed(-49.8, 10, 1.0)};
  const auto counts = [from](const ListedEvent& event) { return event.time >= from; };
  const CatalogueComparison comparison = compare_catalogues(reference, ours, {}, counts);
  EXPECT_EQ(comparison.reference_events, 1);
  EXPECT_THAT(comparison.matches, SizeIs(1));
  EXPECT_THAT(comparison.missed, IsEmpty());
  EXPECT_THAT(compare_catalogues(ours, reference, {}, counts).extra, IsEmpty());
}

TEST(CompareCatalogues, SumsUpNothingAsZeros) {
  EXPECT_EQ(summary_of({}).count, 0);
  EXPECT_EQ(summary_of({}).median, 0.0);
}

}  // namespace
}  // namespace geod::catalog
