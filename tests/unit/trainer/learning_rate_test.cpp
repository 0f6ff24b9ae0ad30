#include "trainer/learning_rate.hpp"

#include <gtest/gtest.h>

namespace geod::trainer {
namespace {

TEST(CyclicRate, RunsThroughThePublishedTriangle) {
  const auto rate = [](std::int64_t step) { return cyclic_rate(step, 5e-4, 1e-3, 2500, 3000); };
  EXPECT_DOUBLE_EQ(rate(0), 5e-4);
  EXPECT_NEAR(rate(1250), 7.5e-4, 1e-12);
  EXPECT_NEAR(rate(2500), 1e-3, 1e-12);
  EXPECT_NEAR(rate(4000), 7.5e-4, 1e-12);
  EXPECT_NEAR(rate(5500), 5e-4, 1e-12);
  EXPECT_NEAR(rate(8000), 1e-3, 1e-12);
}

TEST(WarmupCosineRate, RisesLinearlyAndEndsAtOnePercent) {
  EXPECT_NEAR(warmup_cosine_rate(0, 0.0, 2e-3, 100), 2e-5, 1e-9);
  EXPECT_NEAR(warmup_cosine_rate(49, 0.0, 2e-3, 100), 1e-3, 1e-9);
  EXPECT_NEAR(warmup_cosine_rate(500, 0.5, 2e-3, 100), 2e-3 * 0.505, 1e-9);
  EXPECT_NEAR(warmup_cosine_rate(1000, 1.0, 2e-3, 100), 2e-5, 1e-9);
  EXPECT_NEAR(warmup_cosine_rate(1000, 1.5, 2e-3, 100), 2e-5, 1e-9);
}

TEST(EpochWarmupCosineRate, FollowsThePublishedTrace) {
  const auto rate = [](std::int64_t epoch) {
    return epoch_warmup_cosine_rate(epoch, 100, 1e-5, 10);
  };
  EXPECT_NEAR(rate(1), 1e-5, 1e-12);
  EXPECT_NEAR(rate(9), 9e-5, 1e-12);
  EXPECT_NEAR(rate(10), 8.998e-5, 1e-8);
  EXPECT_NEAR(rate(50), 5.755e-5, 1e-8);
  EXPECT_NEAR(rate(100), 1.787e-6, 1e-9);
}

/// The published run: base 8e-4, 210 steps an epoch, warm-up of 5 epochs, less at epochs 90 and
/// 100.
double inversion_rate(std::int64_t step) {
  constexpr std::int64_t kMilestones[] = {90 * 210, 100 * 210};
  return warmup_multistep_rate(step, 8e-4, 5 * 210, kMilestones);
}

TEST(LearningRate, OfInversionIsThePublishedScheduleStepByStep) {
  EXPECT_NEAR(inversion_rate(0), 8.0e-9, 1e-18);
  EXPECT_NEAR(inversion_rate(1), 7.6989714286e-7, 1e-16);
  EXPECT_NEAR(inversion_rate(105), 8.00072e-5, 1e-14);
  EXPECT_NEAR(inversion_rate(525), 4.00004e-4, 1e-13);
  EXPECT_NEAR(inversion_rate(1049), 7.9923810286e-4, 1e-13);
  EXPECT_EQ(inversion_rate(1050), 8e-4);
  EXPECT_EQ(inversion_rate(18899), 8e-4);
  EXPECT_NEAR(inversion_rate(18900), 8e-5, 1e-18);
  EXPECT_NEAR(inversion_rate(20999), 8e-5, 1e-18);
  EXPECT_NEAR(inversion_rate(21000), 8e-6, 1e-18);
  EXPECT_NEAR(inversion_rate(25199), 8e-6, 1e-18);
}

}  // namespace
}  // namespace geod::trainer
