#include "trainer/resample.hpp"

#include <cmath>
#include <numbers>

#include <gtest/gtest.h>

namespace geod::trainer {
namespace {

double sine(double hz, double t) {
  return std::sin(2.0 * std::numbers::pi * hz * t);
}

void expect_same_sine(double from_hz, double to_hz, double hz) {
  std::vector<double> in(static_cast<std::size_t>(20.0 * from_hz));
  for (std::size_t i = 0; i < in.size(); ++i) {
    in[i] = sine(hz, static_cast<double>(i) / from_hz);
  }
  const std::vector<float> out = resample(in, from_hz, to_hz);
  for (std::size_t i = out.size() / 4; i < 3 * out.size() / 4; ++i) {
    ASSERT_NEAR(out[i], sine(hz, static_cast<double>(i) / to_hz), 2e-3) << i;
  }
}

TEST(Resample, KeepsTimeAndShapeInEveryDirection) {
  expect_same_sine(125.0, 100.0, 7.0);
  expect_same_sine(200.0, 100.0, 7.0);
  expect_same_sine(40.0, 100.0, 7.0);
}

TEST(Resample, RemovesWhatTheNewRateCannotHold) {
  std::vector<double> in(4000);
  for (std::size_t i = 0; i < in.size(); ++i) {
    in[i] = sine(70.0, static_cast<double>(i) / 200.0);
  }
  const std::vector<float> out = resample(in, 200.0, 100.0);
  for (std::size_t i = 200; i + 200 < out.size(); ++i) {
    ASSERT_LT(std::abs(out[i]), 2e-3F);
  }
}

TEST(Resample, CopiesAtTheSameRate) {
  const std::vector<double> in{1.0, 2.0, 4.0};
  EXPECT_EQ(resample(in, 100.0, 100.0), (std::vector<float>{1.0F, 2.0F, 4.0F}));
}

}  // namespace
}  // namespace geod::trainer
