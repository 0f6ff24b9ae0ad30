#include "trainer/scalar_scores.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace geod::trainer {
namespace {

using models::Task;

TEST(RegressionScores, AreThoseOfAMagnitudeTableDoneByHand) {
  // target - prediction: -0.5, 0, 1, -0.5.
  const ScalarResult results[] = {
      {1.0, 1.5, 0.5}, {2.0, 2.0, 0.5}, {3.0, 2.0, 0.5}, {4.0, 4.5, 0.0}};
  const RegressionScores s = regression_scores(Task::kEmg, results);
  EXPECT_EQ(s.count, 4);
  EXPECT_NEAR(s.mean, 0.0, 1e-12);
  EXPECT_NEAR(s.mae, 0.5, 1e-12);
  EXPECT_NEAR(s.rmse, std::sqrt(1.5 / 4.0), 1e-12);
  EXPECT_NEAR(s.std, std::sqrt(1.5 / 4.0), 1e-12);
  EXPECT_NEAR(s.r2, 1.0 - 1.5 / (5.0 + 1e-6), 1e-12);
  EXPECT_NEAR(s.median_absolute, 0.5, 1e-12);
  EXPECT_NEAR(s.p90_absolute, 0.85, 1e-12);
  EXPECT_NEAR(s.constant_mae, 1.0, 1e-12);  // always 2.5
  EXPECT_NEAR(s.skill, 0.5, 1e-12);
  ASSERT_EQ(s.within.size(), 3U);
  EXPECT_NEAR(s.within[0].share, 0.25, 1e-12);  // 0.2
  EXPECT_NEAR(s.within[2].share, 0.75, 1e-12);  // 0.5
  EXPECT_EQ(s.stated_count, 3);                 // -1, 0 and 2 standard deviations
  EXPECT_NEAR(s.within_one_sigma, 2.0 / 3.0, 1e-12);
  EXPECT_NEAR(s.within_two_sigma, 1.0, 1e-12);
}

TEST(RegressionScores, SubtractTheMeanFromTheStandardDeviation) {
  const ScalarResult results[] = {{10.0, 8.0, 0.0}, {10.0, 6.0, 0.0}};  // residuals 2 and 4
  const RegressionScores s = regression_scores(Task::kDis, results);
  EXPECT_NEAR(s.mean, 3.0, 1e-12);
  EXPECT_NEAR(s.rmse, std::sqrt(10.0), 1e-12);
  EXPECT_NEAR(s.std, 1.0, 1e-12);
  EXPECT_TRUE(s.within[1].relative);
  EXPECT_NEAR(s.within[0].share, 0.0, 1e-12);  // 10 % of 10 km
  EXPECT_NEAR(s.within[1].share, 0.5, 1e-12);  // 25 %
  EXPECT_NEAR(s.within[2].share, 1.0, 1e-12);
}

TEST(RegressionScores, WrapBackAzimuths) {
  // target - prediction: 520 becomes 160, 10, -10.
  const ScalarResult results[] = {{350.0, -170.0, 0.0}, {10.0, 0.0, 0.0}, {90.0, 100.0, 0.0}};
  const RegressionScores s = regression_scores(Task::kBaz, results);
  EXPECT_NEAR(s.mean, 160.0 / 3.0, 1e-9);
  EXPECT_NEAR(s.mae, 60.0, 1e-9);
  EXPECT_NEAR(s.rmse, 92.73618495495704, 1e-9);
  EXPECT_NEAR(s.std, 75.86537, 1e-4);
  // The mean of the targets is the plain 150; 350 is 160 away from it, the other way round.
  EXPECT_NEAR(s.r2, 1.0 - 25800.0 / (48800.0 + 1e-6), 1e-12);
  // Of prediction - target: -160, -10 and 10 as unit vectors.
  EXPECT_NEAR(s.circular.mean_deg, -18.370463, 1e-6);
  EXPECT_NEAR(s.circular.resultant_length, 0.3617425, 1e-6);
  EXPECT_NEAR(s.circular.std_deg, 81.707179, 1e-5);
}

TEST(RegressionScores, OfPerfectDirectionsHaveNoSpread) {
  const ScalarResult results[] = {{350.0, -10.0, 0.0}, {90.0, 90.0, 0.0}};
  const RegressionScores s = regression_scores(Task::kBaz, results);
  EXPECT_NEAR(s.mae, 0.0, 1e-12);
  EXPECT_EQ(s.circular.resultant_length, 1.0);
  EXPECT_EQ(s.circular.std_deg, 0.0);
  EXPECT_NEAR(s.skill, 1.0, 1e-12);
}

TEST(RegressionScores, OfNothingAreNotNumbers) {
  const RegressionScores s = regression_scores(Task::kBaz, {});
  EXPECT_EQ(s.count, 0);
  for (const double value : {s.mean,
                             s.mae,
                             s.rmse,
                             s.std,
                             s.r2,
                             s.median_absolute,
                             s.skill,
                             s.circular.mean_deg,
                             s.circular.std_deg,
                             s.within.front().share,
                             s.within_one_sigma}) {
    EXPECT_TRUE(std::isnan(value));
  }
}

TEST(WrappedDeg, LeavesHalfACircleAlone) {
  EXPECT_EQ(wrapped_deg(180.0), 180.0);
  EXPECT_EQ(wrapped_deg(-180.0), -180.0);
  EXPECT_EQ(wrapped_deg(520.0), 160.0);
  EXPECT_EQ(wrapped_deg(358.0), -2.0);
  EXPECT_EQ(wrapped_deg(-181.0), 179.0);
}

}  // namespace
}  // namespace geod::trainer
