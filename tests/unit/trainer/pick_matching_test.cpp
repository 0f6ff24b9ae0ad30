#include "trainer/pick_matching.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace geod::trainer {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;

TEST(MatchPicks, GivesALabelToOnePickOnly) {
  const double labels[] = {10.0};
  const double picks[] = {9.9, 10.02, 10.3};
  EXPECT_THAT(match_picks(labels, picks, 0.5), ElementsAre(std::pair(0, 1)));
}

TEST(MatchPicks, PrefersMorePairsToCloserOnes) {
  // The pick at 10.4 is closest to the second label, but then the first would stay alone.
  const double labels[] = {10.0, 10.5};
  const double picks[] = {10.4, 10.9};
  EXPECT_THAT(match_picks(labels, picks, 0.5), ElementsAre(std::pair(0, 0), std::pair(1, 1)));
}

TEST(MatchPicks, CountsTheToleranceItself) {
  const double labels[] = {10.0};
  const double at[] = {10.5};
  const double beyond[] = {10.501};
  EXPECT_EQ(match_picks(labels, at, 0.5).size(), 1U);
  EXPECT_THAT(match_picks(labels, beyond, 0.5), IsEmpty());
  EXPECT_THAT(match_picks({}, at, 0.5), IsEmpty());
}

}  // namespace
}  // namespace geod::trainer
