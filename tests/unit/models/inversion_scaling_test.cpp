#include "models/inversion_scaling.hpp"

#include <array>

#include <gtest/gtest.h>

namespace geod::models {
namespace {

TEST(InversionScaling, GivesTheValuesOfOpenFwisTransforms) {
  const struct {
    double min, max;
    float at_zero, at_one, at_minus_one;
  } sets[] = {{-26.95, 52.77, -0.089445F, 0.100066F, -0.278955F},
              {-27.17, 56.05, -0.095591F, 0.092198F, -0.283380F},
              {-24.93, 50.98, -0.096508F, 0.095866F, -0.288881F},
              {-23.76, 46.01, -0.090817F, 0.105553F, -0.287187F},
              {-29.04, 57.03, -0.088220F, 0.097523F, -0.273964F}};
  for (const auto& set : sets) {
    InversionSettings settings;
    settings.amplitude_min = set.min;
    settings.amplitude_max = set.max;
    const InversionScaling scaling(settings);
    EXPECT_NEAR(scaling.shot(0.0F), set.at_zero, 1e-6) << set.min;
    EXPECT_NEAR(scaling.shot(1.0F), set.at_one, 1e-6) << set.min;
    EXPECT_NEAR(scaling.shot(-1.0F), set.at_minus_one, 1e-6) << set.min;
    EXPECT_NEAR(scaling.shot(static_cast<float>(set.min)), -1.0F, 1e-6);
    EXPECT_NEAR(scaling.shot(static_cast<float>(set.max)), 1.0F, 1e-6);
  }
}

TEST(InversionScaling, CutsNothingOff) {
  const InversionScaling scaling({});
  EXPECT_GT(scaling.shot(100.0F), 1.0F);
  EXPECT_LT(scaling.shot(-100.0F), -1.0F);
  EXPECT_FLOAT_EQ(scaling.velocity(6000.0F), 2.0F);
}

TEST(InversionScaling, TakesVelocitiesAndAmplitudesThereAndBack) {
  const InversionScaling scaling({});
  EXPECT_FLOAT_EQ(scaling.velocity(1500.0F), -1.0F);
  EXPECT_FLOAT_EQ(scaling.velocity(3000.0F), 0.0F);
  EXPECT_FLOAT_EQ(scaling.velocity(4500.0F), 1.0F);
  EXPECT_DOUBLE_EQ(scaling.unit_m_s(), 1500.0);
  for (const float m_s : {1500.0F, 1987.0F, 4400.0F}) {
    EXPECT_NEAR(scaling.velocity_m_s(scaling.velocity(m_s)), m_s, 1e-3);
  }
  for (const float amplitude : {-25.0F, -0.5F, 0.0F, 3.0F, 50.0F}) {
    EXPECT_NEAR(scaling.amplitude(scaling.shot(amplitude)), amplitude, 2e-5);
  }
}

TEST(InversionScaling, ScalesInPlaceAsOneByOne) {
  const InversionScaling scaling({});
  std::array values{-3.0F, 0.0F, 12.0F};
  scaling.shots(values);
  EXPECT_EQ(values[0], scaling.shot(-3.0F));
  EXPECT_EQ(values[1], scaling.shot(0.0F));
  EXPECT_EQ(values[2], scaling.shot(12.0F));
}

}  // namespace
}  // namespace geod::models
