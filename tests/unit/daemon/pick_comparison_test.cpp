#include "daemon/pick_comparison.hpp"

#include <gtest/gtest.h>

namespace geod {
namespace {

using namespace std::chrono_literals;

Pick pick(double at_s,
          Phase phase = Phase::kP,
          const char* station = "A",
          double probability = 0.5) {
  Pick made;
  made.instrument = {"XX", station, "", "H", "H"};
  made.phase_hint = phase;
  made.time = Time{} + duration_from_seconds(at_s);
  made.probability = probability;
  return made;
}

TEST(ComparePicks, CountsWhatIsInBothAndInOne) {
  const auto compared = compare_picks(
      {pick(10.0), pick(20.0), pick(30.0)}, {pick(30.3), pick(10.1), pick(40.0)}, 500ms);
  const PickComparison& p = compared.at(Phase::kP);
  EXPECT_EQ(p.active, 3U);
  EXPECT_EQ(p.candidate, 3U);
  EXPECT_EQ(p.matched, 2U);
  EXPECT_EQ(p.only_active(), 1U);
  EXPECT_EQ(p.only_candidate(), 1U);
  EXPECT_NEAR(p.time_median_s, 0.2, 1e-9);
  EXPECT_NEAR(p.time_spread_s, 0.14826, 1e-6);
}

TEST(ComparePicks, ToleranceIsIncluded) {
  EXPECT_EQ(compare_picks({pick(10.0)}, {pick(10.5)}, 500ms).at(Phase::kP).matched, 1U);
  EXPECT_EQ(compare_picks({pick(10.0)}, {pick(10.501)}, 500ms).at(Phase::kP).matched, 0U);
}

TEST(ComparePicks, KeepsPhasesAndStationsApart) {
  const auto compared = compare_picks({pick(10.0), pick(20.0, Phase::kS), pick(30.0)},
                                      {pick(10.0, Phase::kS), pick(30.0, Phase::kP, "B")},
                                      500ms);
  EXPECT_EQ(compared.at(Phase::kP).matched, 0U);
  EXPECT_EQ(compared.at(Phase::kS).matched, 0U);
  EXPECT_EQ(compared.at(Phase::kS).only_active(), 1U);
  EXPECT_EQ(compared.at(Phase::kP).only_candidate(), 1U);
}

TEST(ComparePicks, TakesTheNearestAndEachOnce) {
  const auto nearest = compare_picks({pick(10.0)}, {pick(9.6), pick(10.1)}, 500ms);
  EXPECT_NEAR(nearest.at(Phase::kP).time_median_s, 0.1, 1e-9);
  const auto once = compare_picks({pick(10.0), pick(10.4)}, {pick(10.2)}, 500ms);
  EXPECT_EQ(once.at(Phase::kP).matched, 1U);
}

TEST(ComparePicks, SaysByHowMuchTheCandidateIsSurer) {
  const auto compared =
      compare_picks({pick(10.0, Phase::kP, "A", 0.5), pick(20.0, Phase::kP, "A", 0.7)},
                    {pick(10.0, Phase::kP, "A", 0.8), pick(20.0, Phase::kP, "A", 0.8)},
                    500ms);
  EXPECT_NEAR(compared.at(Phase::kP).probability_mean, 0.2, 1e-9);
}

TEST(ComparePicks, NothingIsNoDifference) {
  const auto compared = compare_picks({}, {}, 500ms);
  EXPECT_EQ(compared.at(Phase::kP).active, 0U);
  EXPECT_EQ(compared.at(Phase::kP).time_median_s, 0.0);
}

}  // namespace
}  // namespace geod
