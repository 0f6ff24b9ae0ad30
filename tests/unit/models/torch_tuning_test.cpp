#include "models/torch_tuning.hpp"

#include <gtest/gtest.h>

namespace geod::models {
namespace {

TEST(ChoosePrecision, TakesBfloat16OnlyWhenFasterAndAccurate) {
  EXPECT_TRUE(choose_precision(Precision::kAuto, 2.0, 1.0, 0.01)->is_bfloat16);
  EXPECT_FALSE(choose_precision(Precision::kAuto, 1.05, 1.0, 0.01)->is_bfloat16);
  EXPECT_FALSE(choose_precision(Precision::kAuto, 1.0, 3.0, 0.01)->is_bfloat16);
  EXPECT_FALSE(choose_precision(Precision::kAuto, 2.0, 1.0, 0.021)->is_bfloat16);
}

TEST(ChoosePrecision, DoesAsConfiguredWithinTheGate) {
  EXPECT_FALSE(choose_precision(Precision::kFloat32, 2.0, 1.0, 0.0)->is_bfloat16);
  EXPECT_TRUE(choose_precision(Precision::kBfloat16, 1.0, 3.0, 0.01)->is_bfloat16);
  EXPECT_EQ(choose_precision(Precision::kBfloat16, 2.0, 1.0, 0.1).error().code, Errc::kDevice);
}

TEST(ChoosePrecision, GivesTheReason) {
  EXPECT_EQ(choose_precision(Precision::kAuto, 1.0, 3.0, 0.01)->reason,
            "float32: bfloat16 is 0.33 times as fast here");
  EXPECT_EQ(choose_precision(Precision::kAuto, 2.0, 1.0, 0.25)->reason,
            "float32: bfloat16 moves scores by 0.250, allowed is 0.02");
}

}  // namespace
}  // namespace geod::models
