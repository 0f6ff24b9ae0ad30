#include "trainer/calibration.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace geod::trainer {
namespace {

TEST(Reliability, ComparesWhatWasSaidWithWhatWasSo) {
  const StatedProbability stated[] = {{0.1, false}, {0.3, true}, {0.9, true}, {1.0, false}};
  const Reliability r = reliability(stated, 2);
  ASSERT_EQ(r.bins.size(), 2U);
  EXPECT_EQ(r.bins[0].count, 2);
  EXPECT_NEAR(r.bins[0].mean_probability, 0.2, 1e-12);
  EXPECT_NEAR(r.bins[0].observed, 0.5, 1e-12);
  EXPECT_EQ(r.bins[1].count, 2);  // 1.0 belongs to the last bin
  EXPECT_NEAR(r.bins[1].mean_probability, 0.95, 1e-12);
  EXPECT_NEAR(r.bins[1].observed, 0.5, 1e-12);
  EXPECT_NEAR(r.expected_error, (2.0 * 0.3 + 2.0 * 0.45) / 4.0, 1e-12);
  EXPECT_NEAR(r.brier, (0.01 + 0.49 + 0.01 + 1.0) / 4.0, 1e-12);
}

TEST(Reliability, LeavesEmptyBinsWithoutANumber) {
  const StatedProbability stated[] = {{0.9, true}};
  const Reliability r = reliability(stated, 2);
  EXPECT_EQ(r.bins[0].count, 0);
  EXPECT_TRUE(std::isnan(r.bins[0].observed));
  EXPECT_NEAR(r.expected_error, 0.1, 1e-12);
  EXPECT_TRUE(std::isnan(reliability({}, 2).brier));
}

TEST(Coverage, CountsWhatLiesInsideTheStatedInterval) {
  const double normalised[] = {-0.1, 0.5, 0.7, -3.0};
  for (const CoverageRow& row : coverage(normalised)) {
    // erf(k / sqrt 2): what the half widths must mean.
    EXPECT_NEAR(std::erf(row.deviations / std::sqrt(2.0)), row.nominal, 1e-5);
    if (row.nominal == 0.1) {
      EXPECT_NEAR(row.observed, 0.25, 1e-12);
    }
    if (row.nominal == 0.95) {
      EXPECT_NEAR(row.observed, 0.75, 1e-12);
    }
  }
  EXPECT_TRUE(std::isnan(share_within({}, 1.0)));
}

TEST(Quantile, LiesBetweenNeighbours) {
  const double values[] = {3.0, 1.0, 2.0, 10.0};
  EXPECT_EQ(quantile(values, 0.0), 1.0);
  EXPECT_EQ(quantile(values, 0.5), 2.5);
  EXPECT_EQ(quantile(values, 1.0), 10.0);
  EXPECT_TRUE(std::isnan(quantile({}, 0.5)));
}

}  // namespace
}  // namespace geod::trainer
