#include "trainer/polarity_scores.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace geod::trainer {
namespace {

TEST(PolarityScores, AverageTheTwoClassesAsPublished) {
  // Up: 3 labelled, 3 said, 2 right. Down: 2 labelled, 2 said, 1 right.
  const StatedProbability stated[] = {
      {0.95, true}, {0.7, true}, {0.4, true}, {0.6, false}, {0.02, false}};
  const PolarityScores s = polarity_scores(stated, 0.9);
  EXPECT_EQ(s.count, 5);
  EXPECT_NEAR(s.up.precision(), 2.0 / 3.0, 1e-6);
  EXPECT_NEAR(s.up.recall(), 2.0 / 3.0, 1e-6);
  EXPECT_NEAR(s.down.precision(), 0.5, 1e-6);
  EXPECT_NEAR(s.down.recall(), 0.5, 1e-6);
  EXPECT_NEAR(s.precision(), 7.0 / 12.0, 1e-6);
  EXPECT_NEAR(s.recall(), 7.0 / 12.0, 1e-6);
  EXPECT_NEAR(s.f1(), 7.0 / 12.0, 2e-6);
  EXPECT_NEAR(s.accuracy, 0.6, 1e-12);
  EXPECT_NEAR(s.majority_accuracy, 0.6, 1e-12);
}

TEST(PolarityScores, TellTheMeanOfF1FromTheF1OfMeans) {
  // Up: precision 1, recall 1/3. Down: precision 1/3, recall 1.
  const StatedProbability stated[] = {{0.9, true}, {0.1, true}, {0.1, true}, {0.1, false}};
  const PolarityScores s = polarity_scores(stated, 0.5);
  EXPECT_NEAR(s.f1(), 0.5, 1e-5);
  EXPECT_NEAR(s.f1_of_means(), 2.0 / 3.0, 1e-5);
}

TEST(PolarityScores, SayNothingBelowTheWorkingThreshold) {
  const StatedProbability stated[] = {
      {0.95, true}, {0.7, true}, {0.05, true}, {0.6, false}, {0.1, false}};
  const PolarityScores s = polarity_scores(stated, 0.9);
  EXPECT_EQ(s.confusion[0][0], 1);  // 0.95
  EXPECT_EQ(s.confusion[0][1], 1);  // 0.05
  EXPECT_EQ(s.confusion[0][2], 1);  // 0.7
  EXPECT_EQ(s.confusion[1][0], 0);
  EXPECT_EQ(s.confusion[1][1], 1);  // 0.1: exactly at the threshold
  EXPECT_EQ(s.confusion[1][2], 1);
  EXPECT_NEAR(s.stated_share, 0.6, 1e-12);
  EXPECT_NEAR(s.stated_accuracy, 2.0 / 3.0, 1e-12);
}

TEST(PolarityScores, WithoutOneClassGiveItZero) {
  const StatedProbability stated[] = {{0.9, true}};
  const PolarityScores s = polarity_scores(stated, 0.5);
  EXPECT_EQ(s.down.f1(), 0.0);
  EXPECT_NEAR(s.f1(), 0.5, 1e-5);
  EXPECT_TRUE(std::isnan(polarity_scores({}, 0.5).accuracy));
  EXPECT_TRUE(std::isnan(polarity_scores(std::span(stated).first(0), 0.5).stated_share));
}

}  // namespace
}  // namespace geod::trainer
