#include "models/normalise.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace geod::models {
namespace {

Window window_of(std::vector<float> z) {
  Window window;
  window.samples = static_cast<std::int64_t>(z.size());
  window.data = std::move(z);
  window.data.resize(3 * static_cast<std::size_t>(window.samples));
  for (auto component : {Component::kN, Component::kE}) {
    window.missing[static_cast<std::size_t>(component)] = {{0, window.samples}};
  }
  return window;
}

std::vector<float> normalised(const Window& window) {
  std::vector<float> out(window.data.size(), -99.0F);
  normalise(window, out);
  return out;
}

TEST(Normalise, RemovesMeanAndPopulationDeviation) {
  const auto out = normalised(window_of({1, 3, 5, 7}));
  const float deviation = std::sqrt(5.0F);  // of 1 3 5 7, divisor 4
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_FLOAT_EQ(out[i], (static_cast<float>(2 * i + 1) - 4.0F) / deviation);
  }
}

TEST(Normalise, UsesOnlyTheSamplesThatAreThere) {
  Window window = window_of({0, 0, 1, 3, 0, 5, 7, 0});
  window.missing[0] = {{0, 2}, {4, 5}, {7, 8}};
  const auto out = normalised(window);
  const auto whole = normalised(window_of({1, 3, 5, 7}));
  EXPECT_EQ(std::vector<float>(out.begin(), out.begin() + 8),
            (std::vector<float>{0, 0, whole[0], whole[1], 0, whole[2], whole[3], 0}));
}

TEST(Normalise, WritesZerosForAbsentConstantAndUnusableComponents) {
  const std::vector<float> zeros(12, 0.0F);
  EXPECT_EQ(normalised(window_of({5, 5, 5, 5})), zeros);
  EXPECT_EQ(normalised(window_of({1, 2, NAN, 4})), zeros);
  EXPECT_EQ(normalised(window_of({1, 2, HUGE_VALF, 4})), zeros);
  Window absent = window_of({1, 2, 3, 4});
  absent.missing[0] = {{0, 4}};
  EXPECT_EQ(normalised(absent), zeros);
}

TEST(Normalise, KeepsPrecisionOnALargeOffset) {
  const auto out = normalised(window_of({16777210, 16777212, 16777210, 16777212}));
  EXPECT_EQ(out[0], -1.0F);
  EXPECT_EQ(out[1], 1.0F);
}

TEST(Normalise, ClipsSpansToTheWindow) {
  Window window = window_of({9, 9, 1, 3});
  window.missing[0] = {{-5, 2}, {4, 100}};
  EXPECT_EQ(normalised(window)[2], -1.0F);
  EXPECT_EQ(normalised(window)[3], 1.0F);
}

}  // namespace
}  // namespace geod::models
