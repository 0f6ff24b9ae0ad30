#include "models/scalar_decoder.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include <gtest/gtest.h>

namespace geod::models {
namespace {

ScalarSettings with_sigma(double sigma) {
  ScalarSettings settings;
  settings.sigma = sigma;
  return settings;
}

template <class Value>
Value decode(Task task, const ScalarSettings& settings, const std::vector<float>& outputs) {
  const auto value = decode_scalar(task, settings, outputs);
  EXPECT_TRUE(value);
  return value ? std::get<Value>(*value) : Value{};
}

/// Cosine and sine of an angle in degrees, as the network gives them, `length` long.
void append(std::vector<float>& outputs, double angle_deg, double length = 1.0) {
  const double angle = angle_deg * std::numbers::pi / 180.0;
  outputs.push_back(static_cast<float>(length * std::cos(angle)));
  outputs.push_back(static_cast<float>(length * std::sin(angle)));
}

TEST(DecodePolarity, IsTheMeanProbabilityOfUp) {
  const std::vector<float> outputs{0.9F, 0.1F, 0.6F, 0.4F, 0.75F, 0.25F};
  EXPECT_NEAR(decode<PolarityEstimate>(Task::kPmp, {}, outputs).up_probability, 0.75, 1e-6);
}

TEST(DecodePolarity, GoesThroughTheCalibrationOfTheBundle) {
  ScalarSettings settings;
  settings.calibration = {{0.5, 0.5}, {1.0, 0.8}};
  const auto up = decode<PolarityEstimate>(Task::kPmp, settings, {0.9F, 0.1F, 0.6F, 0.4F});
  EXPECT_NEAR(up.up_probability, 0.65, 1e-6) << "halfway between the rows at 0.5 and 1";
  const auto down = decode<PolarityEstimate>(Task::kPmp, settings, {0.1F, 0.9F, 0.4F, 0.6F});
  EXPECT_NEAR(down.up_probability, 0.35, 1e-6) << "down is as likely as up was";
}

TEST(DecodeBackAzimuth, OfOneWindowIsItsAngleWithTheSigmaOfTheBundle) {
  for (const double angle_deg : {0.0, 45.0, 123.0, 180.0, 271.5, 359.0}) {
    std::vector<float> outputs;
    append(outputs, angle_deg, 0.3);
    const auto bearing = decode<BackAzimuthEstimate>(Task::kBaz, with_sigma(25.0), outputs);
    EXPECT_NEAR(bearing.back_azimuth_deg, angle_deg, 1e-4);
    EXPECT_NEAR(bearing.uncertainty_deg, 25.0, 1e-3);
  }
}

TEST(DecodeBackAzimuth, AveragesAcrossNorth) {
  // Unit vectors at 350 and 30 degrees: the middle is 10, R = cos(20 deg) = 0.93969, and
  // sqrt(-2 ln R) = 0.35270 rad = 20.208 deg.
  std::vector<float> outputs;
  append(outputs, 350.0, 0.2);
  append(outputs, 30.0, 0.9);
  const auto bearing = decode<BackAzimuthEstimate>(Task::kBaz, with_sigma(15.0), outputs);
  EXPECT_NEAR(bearing.back_azimuth_deg, 10.0, 1e-4) << "each window counts once, however long";
  EXPECT_NEAR(bearing.uncertainty_deg, std::hypot(15.0, 20.208), 1e-2);
}

TEST(DecodeBackAzimuth, NeverGivesAWholeCircle) {
  const auto bearing = decode<BackAzimuthEstimate>(Task::kBaz, with_sigma(5.0), {1.0F, -1e-30F});
  EXPECT_EQ(bearing.back_azimuth_deg, 0.0);
}

TEST(DecodeBackAzimuth, IsAtMostAHalfCircleUncertain) {
  std::vector<float> outputs;
  append(outputs, 0.0);
  append(outputs, 179.0);
  const auto bearing = decode<BackAzimuthEstimate>(Task::kBaz, with_sigma(60.0), outputs);
  EXPECT_NEAR(bearing.back_azimuth_deg, 89.5, 1e-2);
  EXPECT_EQ(bearing.uncertainty_deg, 180.0);
}

TEST(DecodeBackAzimuth, SaysNothingWhereTheWindowsCancelOut) {
  EXPECT_FALSE(decode_scalar(Task::kBaz, {}, std::vector<float>{0.5F, 0.0F, -0.25F, 0.0F}));
  EXPECT_FALSE(decode_scalar(Task::kBaz, {}, std::vector<float>{0.0F, 0.0F}));
}

TEST(DecodeMagnitude, IsTheMeanWithSigmaAndSpread) {
  // 2.0, 2.5, 3.0: mean 2.5, sample standard deviation 0.5.
  const auto size =
      decode<NeuralMagnitudeEstimate>(Task::kEmg, with_sigma(0.3), {2.0F, 2.5F, 3.0F});
  EXPECT_NEAR(size.magnitude, 2.5, 1e-6);
  EXPECT_NEAR(size.uncertainty, std::hypot(0.3, 0.5), 1e-6);
  const auto one = decode<NeuralMagnitudeEstimate>(Task::kEmg, with_sigma(0.3), {-0.5F});
  EXPECT_EQ(one.magnitude, -0.5);
  EXPECT_NEAR(one.uncertainty, 0.3, 1e-12);
}

TEST(DecodeDistance, HasARelativeSigma) {
  // 90 and 110 km: mean 100, sample standard deviation 14.142; 20 % of 100 km.
  const auto distance = decode<DistanceEstimate>(Task::kDis, with_sigma(0.2), {90.0F, 110.0F});
  EXPECT_NEAR(distance.distance_km, 100.0, 1e-6);
  EXPECT_NEAR(distance.uncertainty_km, std::hypot(20.0, 14.1421356), 1e-5);
}

TEST(DecodeDistance, IsNeverNegative) {
  EXPECT_EQ(decode<DistanceEstimate>(Task::kDis, with_sigma(0.2), {-3.0F}).distance_km, 0.0);
}

TEST(DecodeScalar, TrustsNoBundleThatMeasuredNothing) {
  EXPECT_EQ(decode<BackAzimuthEstimate>(Task::kBaz, {}, {1.0F, 0.0F}).uncertainty_deg, 180.0);
  EXPECT_EQ(decode<NeuralMagnitudeEstimate>(Task::kEmg, {}, {3.0F}).uncertainty, 2.0);
  EXPECT_EQ(decode<DistanceEstimate>(Task::kDis, {}, {40.0F}).uncertainty_km, 40.0);
}

TEST(DecodeScalar, SaysNothingOfOutputsThatAreNotFinite) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinite = std::numeric_limits<float>::infinity();
  for (const Task task : {Task::kPmp, Task::kBaz, Task::kEmg, Task::kDis}) {
    EXPECT_FALSE(decode_scalar(task, {}, std::vector<float>{0.5F, 0.5F, nan, 0.5F}));
    EXPECT_FALSE(decode_scalar(task, {}, std::vector<float>{infinite, 0.5F}));
  }
}

}  // namespace
}  // namespace geod::models
