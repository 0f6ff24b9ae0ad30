#include "models/score_merger.hpp"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace geod::models {
namespace {

constexpr std::int64_t kLength = 8;

PickSettings settings(std::int64_t left = 0, std::int64_t right = 0) {
  PickSettings settings;
  settings.hop_samples = 4;
  settings.blind_left_samples = left;
  settings.blind_right_samples = right;
  return settings;
}

std::vector<float> flat(float value) {
  return std::vector<float>(kLength, value);
}

TEST(ScoreMerger, WeighsByATriangle) {
  ScoreMerger merger(kLength, settings());
  merger.add({}, 100, flat(0.2F), flat(0.0F));
  merger.add({}, 104, flat(0.8F), flat(1.0F));
  for (int i = 0; i < 4; ++i) {
    const MergedSample sample = merger.take();
    EXPECT_NEAR(sample.score(0), 0.2, 1e-7) << "one window: full weight at the ends";
  }
  // Sample 104: weight 4 in the first window, 1 in the second.
  const MergedSample sample = merger.take();
  EXPECT_NEAR(sample.score(0), (4 * 0.2 + 1 * 0.8) / 5, 1e-7);
  EXPECT_NEAR(sample.score(1), 1.0 / 5, 1e-7);
  EXPECT_EQ(merger.begin(), 105);
  EXPECT_EQ(merger.end(), 112);
}

TEST(ScoreMerger, TrustsNoBlindEdge) {
  ScoreMerger merger(kLength, settings(2, 1));
  merger.add({}, 0, flat(0.5F), flat(0.5F));
  std::vector<bool> scored;
  while (!merger.empty()) {
    scored.push_back(merger.take().is_scored());
  }
  EXPECT_THAT(scored, ::testing::ElementsAre(false, false, true, true, true, true, true, false));
}

TEST(ScoreMerger, IgnoresTheBlindEdgeOfAWindowWhoseSamplesWereTaken) {
  ScoreMerger merger(kLength, settings(2, 0));
  merger.add({}, 0, flat(0.5F), flat(0.5F));
  for (int i = 0; i < 6; ++i) {
    merger.take();
  }
  merger.add({}, 4, flat(0.25F), flat(0.5F));
  EXPECT_EQ(merger.begin(), 6);
  EXPECT_EQ(merger.end(), 12);
}

TEST(ScoreMerger, CountsScoresThatAreNoNumbers) {
  ScoreMerger merger(kLength, settings());
  auto p = flat(0.5F);
  p[3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(merger.add({}, 0, p, flat(0.5F)), 1U);
  for (int i = 0; i < 3; ++i) {
    merger.take();
  }
  EXPECT_FALSE(merger.take().is_scored());
  EXPECT_TRUE(merger.take().is_scored());
}

TEST(ScoreMerger, KnowsWhereThereAreNoDataAndNoPicks) {
  Window window;
  window.missing[0] = {{0, 8}};
  window.missing[1] = {{0, 3}};
  window.missing[2] = {{0, 2}};
  window.no_picks = {{1, 4}};
  ScoreMerger merger(kLength, settings());
  merger.add(window, 0, flat(0.5F), flat(0.5F));
  std::vector<bool> data;
  std::vector<bool> no_picks;
  while (!merger.empty()) {
    const MergedSample sample = merger.take();
    data.push_back(sample.has_data);
    no_picks.push_back(sample.no_picks);
  }
  EXPECT_THAT(data, ::testing::ElementsAre(false, false, true, true, true, true, true, true));
  EXPECT_THAT(no_picks,
              ::testing::ElementsAre(false, true, true, true, false, false, false, false));
}

}  // namespace
}  // namespace geod::models
