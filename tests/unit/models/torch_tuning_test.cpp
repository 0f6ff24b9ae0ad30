#include "models/torch_tuning.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace geod::models {
namespace {

/// The choice among bfloat16 alone.
Result<PrecisionChoice> choose(Precision wanted,
                               double float32_s,
                               double reduced_s,
                               double change) {
  const ReducedPrecision measured[] = {{Precision::kBfloat16, reduced_s, change}};
  return choose_precision(wanted, float32_s, measured);
}

/// What kAuto chooses when float32 takes 1 s.
Precision choose_auto(const std::vector<ReducedPrecision>& measured) {
  return choose_precision(Precision::kAuto, 1.0, measured)->precision;
}

TEST(ChoosePrecision, TakesBfloat16OnlyWhenFasterAndAccurate) {
  EXPECT_EQ(choose(Precision::kAuto, 2.0, 1.0, 0.01)->precision, Precision::kBfloat16);
  EXPECT_EQ(choose(Precision::kAuto, 1.05, 1.0, 0.01)->precision, Precision::kFloat32);
  EXPECT_EQ(choose(Precision::kAuto, 1.0, 3.0, 0.01)->precision, Precision::kFloat32);
  EXPECT_EQ(choose(Precision::kAuto, 2.0, 1.0, 0.021)->precision, Precision::kFloat32);
}

TEST(ChoosePrecision, TakesALaterOneOnlyWhenItIsClearlyFaster) {
  constexpr auto kBf16 = Precision::kBfloat16;
  constexpr auto kFp16 = Precision::kFloat16;
  EXPECT_EQ(choose_auto({{kBf16, 0.5, 0.01}, {kFp16, 0.4, 0.001}}), kBf16);
  EXPECT_EQ(choose_auto({{kBf16, 0.5, 0.01}, {kFp16, 0.3, 0.001}}), kFp16);
  EXPECT_EQ(choose_auto({{kBf16, 0.5, 0.03}, {kFp16, 0.5, 0.001}}), kFp16);
  EXPECT_EQ(choose_auto({{kBf16, 0.5, 0.01}, {kFp16, 0.1, 0.03}}), kBf16);
  EXPECT_EQ(choose_auto({{kBf16, 2.0, 0.0}, {kFp16, 2.0, 0.0}}), Precision::kFloat32);
}

TEST(ChoosePrecision, DoesAsConfiguredWithinTheGate) {
  EXPECT_EQ(choose_precision(Precision::kFloat32, 2.0, {})->precision, Precision::kFloat32);
  EXPECT_EQ(choose(Precision::kBfloat16, 1.0, 3.0, 0.01)->precision, Precision::kBfloat16);
  EXPECT_EQ(choose(Precision::kBfloat16, 2.0, 1.0, 0.1).error().code, Errc::kDevice);
}

TEST(ChoosePrecision, GivesTheReason) {
  EXPECT_EQ(choose(Precision::kAuto, 1.0, 3.0, 0.01)->reason,
            "float32: bfloat16 is 0.33 times as fast here");
  EXPECT_EQ(choose(Precision::kAuto, 2.0, 1.0, 0.25)->reason,
            "float32: bfloat16 moves scores by 0.250, allowed is 0.02");
}

TEST(LargestChange, IsInfiniteForAValueThatIsNotFinite) {
  const std::vector<float> a{0.0F, 0.5F, 1.0F};
  EXPECT_DOUBLE_EQ(largest_change(a, std::vector<float>{0.25F, 0.5F, 1.0F}), 0.25);
  EXPECT_TRUE(std::isinf(largest_change(a, std::vector<float>{0.0F, std::nanf(""), 1.0F})));
}

}  // namespace
}  // namespace geod::models
