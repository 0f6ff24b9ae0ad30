#include "trainer/inversion_metrics.hpp"

#include <cmath>
#include <functional>
#include <numeric>

#include <gtest/gtest.h>

namespace geod::trainer {
namespace {

constexpr std::int64_t kSide = 70;

std::vector<double> made(const std::function<double(int row, int column)>& value) {
  std::vector<double> map;
  for (int i = 0; i < kSide; ++i) {
    for (int j = 0; j < kSide; ++j) {
      map.push_back(value(i, j));
    }
  }
  return map;
}

double wave(int i, int j, double phase) {
  return 0.5 + 0.5 * std::sin(0.1 * i + 0.2 * j + phase);
}

double mean(const std::vector<double>& map) {
  return std::accumulate(map.begin(), map.end(), 0.0) / static_cast<double>(map.size());
}

/// Maps of 0 to 1 as a network has them, -1 to 1.
std::vector<float> normalised(const std::vector<double>& map) {
  std::vector<float> out;
  for (const double value : map) {
    out.push_back(static_cast<float>(2.0 * value - 1.0));
  }
  return out;
}

// The numbers of the first four tests were computed in double by another program (numpy) from the
// definition; docs/fwi.md has the formulas.

TEST(InversionMetrics, OfAShiftedWaveAreTheReferenceNumbers) {
  const auto x = made([](int i, int j) { return wave(i, j, 0.0); });
  const auto y = made([](int i, int j) { return wave(i, j, 0.3); });
  const auto map = ssim_map(x, y, kSide, kSide);
  EXPECT_NEAR(mean(map), 0.8296741095, 1e-10);
  EXPECT_NEAR(map[0], 0.96435843, 1e-8);
  EXPECT_NEAR(map[35 * kSide + 35], 0.58357056, 1e-8);
  double interior = 0.0;
  for (std::int64_t i = 5; i < kSide - 5; ++i) {
    for (std::int64_t j = 5; j < kSide - 5; ++j) {
      interior += map[static_cast<std::size_t>(i * kSide + j)] / (60.0 * 60.0);
    }
  }
  EXPECT_NEAR(interior, 0.8207602934, 1e-10);  // another number: the border counts

  InversionMetrics metrics(kSide, kSide);
  const InversionScores scores = metrics.add(normalised(x), normalised(y));
  // In -1 to 1, twice the differences; the maps were rounded to float.
  EXPECT_NEAR(scores.mae, 2.0 * 0.0948977037, 1e-7);
  EXPECT_NEAR(scores.rmse, 2.0 * std::sqrt(0.0111249220), 1e-7);
  EXPECT_NEAR(scores.ssim, 0.8296741095, 1e-6);
}

TEST(InversionMetrics, OfAFlattenedWaveAreTheReferenceNumbers) {
  const auto x = made([](int i, int j) { return wave(i, j, 0.0); });
  const auto y = made([](int i, int j) { return 0.9 * wave(i, j, 0.0) + 0.05; });
  EXPECT_NEAR(mean(ssim_map(x, y, kSide, kSide)), 0.9540698942, 1e-10);
}

TEST(InversionMetrics, OfConstantsShowTheZerosOutsideTheMap) {
  const auto x = made([](int, int) { return 0.3; });
  const auto y = made([](int, int) { return 0.6; });
  const auto map = ssim_map(x, y, kSide, kSide);
  EXPECT_NEAR(mean(map), 0.7649671739, 1e-10);
  EXPECT_NEAR(map[35 * kSide + 35], 0.8000444346, 1e-10);
}

TEST(InversionMetrics, OfLayersInMetresASecondAreTheReferenceNumbers) {
  const auto share = [](double velocity_m_s) { return (velocity_m_s - 1500.0) / 3000.0; };
  const auto x = normalised(made([&](int i, int) { return share(i < 35 ? 2000.0 : 3500.0); }));
  const auto y = normalised(made([&](int i, int) { return share(i < 37 ? 2100.0 : 3400.0); }));
  InversionMetrics metrics(kSide, kSide);
  const InversionScores scores = metrics.add(x, y);
  EXPECT_NEAR(scores.ssim, 0.8789831834, 1e-6);
  EXPECT_NEAR(scores.mae, 0.0914285714, 1e-7);
  EXPECT_NEAR(scores.rmse, 0.1708986519, 1e-7);
}

TEST(InversionMetrics, TakeTheRootOverTheWholeSetNotTheMeanOfRoots) {
  const std::vector<float> truth(4, 0.0F);
  InversionMetrics whole(2, 2);
  EXPECT_DOUBLE_EQ(whole.add(truth, std::vector<float>(4, 1.0F)).rmse, 1.0);
  EXPECT_DOUBLE_EQ(whole.add(truth, std::vector<float>(4, 0.0F)).rmse, 0.0);
  EXPECT_DOUBLE_EQ(whole.scores().rmse, std::sqrt(0.5));
  EXPECT_DOUBLE_EQ(whole.scores().mae, 0.5);
  EXPECT_EQ(whole.scores().maps, 2);
}

TEST(InversionMetrics, DoNotDependOnTheBatchesTheyCameIn) {
  std::vector<float> truth;
  std::vector<float> predicted;
  for (int i = 0; i < 3 * 12; ++i) {
    truth.push_back(std::sin(static_cast<float>(i)));
    predicted.push_back(std::cos(static_cast<float>(i)));
  }
  InversionMetrics at_once(4, 3);
  at_once.add(truth, predicted);
  InversionMetrics first(4, 3);
  InversionMetrics rest(4, 3);
  first.add(std::span(truth).first(12), std::span(predicted).first(12));
  rest.add(std::span(truth).subspan(12), std::span(predicted).subspan(12));
  first.add(rest);
  EXPECT_EQ(first.scores().maps, 3);
  EXPECT_NEAR(first.scores().ssim, at_once.scores().ssim, 1e-14);
  EXPECT_NEAR(first.scores().rmse, at_once.scores().rmse, 1e-14);
}

TEST(InversionMetrics, WithoutAMapAreNoNumbers) {
  EXPECT_TRUE(std::isnan(InversionMetrics(70, 70).scores().ssim));
}

}  // namespace
}  // namespace geod::trainer
