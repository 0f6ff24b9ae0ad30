#include "daemon/estimate_comparison.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace geod {
namespace {

using storage::EstimatePair;

TEST(CompareEstimates, CountsWhatOnlyOneSaid) {
  const std::vector<EstimatePair> pairs{
      {{}, 1.0, 1.5}, {{}, 2.0, std::nullopt}, {{}, std::nullopt, 3.0}, {{}, 2.0, 2.25}};
  const EstimateComparison compared = compare_estimates("emg", pairs);
  EXPECT_EQ(compared.active, 3U);
  EXPECT_EQ(compared.candidate, 3U);
  EXPECT_EQ(compared.matched, 2U);
  EXPECT_EQ(compared.only_active(), 1U);
  EXPECT_EQ(compared.only_candidate(), 1U);
  EXPECT_DOUBLE_EQ(compared.difference_median, 0.375);
  EXPECT_DOUBLE_EQ(compared.difference_spread, 1.4826 * 0.125);
  EXPECT_FALSE(compared.same_polarity);
}

TEST(CompareEstimates, TakesDirectionsAcrossNorthTheShortWay) {
  const std::vector<EstimatePair> pairs{{{}, 350.0, 10.0}, {{}, 10.0, 30.0}, {{}, 5.0, 25.0}};
  EXPECT_NEAR(compare_estimates("baz", pairs).difference_median, 20.0, 1e-9);
}

TEST(CompareEstimates, CountsEqualFirstMotions) {
  const std::vector<EstimatePair> pairs{
      {{}, 0.9, 0.6}, {{}, 0.1, 0.8}, {{}, 0.2, 0.3}, {{}, 0.7, 0.9}};
  EXPECT_EQ(compare_estimates("pmp", pairs).same_polarity, 0.75);
  EXPECT_FALSE(compare_estimates("pmp", {}).same_polarity) << "of nothing there is no share";
}

}  // namespace
}  // namespace geod
