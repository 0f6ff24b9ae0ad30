#include "trainer/svg_axis.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace geod::trainer {
namespace {

std::vector<std::string> texts(const std::vector<AxisTick>& ticks) {
  std::vector<std::string> out;
  for (const AxisTick& tick : ticks) {
    out.push_back(tick.text);
  }
  return out;
}

using testing::ElementsAre;

TEST(SvgAxis, PutsTicksAtRoundNumbers) {
  EXPECT_THAT(texts(SvgAxis({"", false, 0.0, 1.0}, 0, 1).ticks(5)),
              ElementsAre("0.0", "0.2", "0.4", "0.6", "0.8", "1.0"));
  EXPECT_THAT(texts(SvgAxis({"", false, -1.0, 1.0}, 0, 1).ticks(4)),
              ElementsAre("-1.0", "-0.5", "0.0", "0.5", "1.0"));
  EXPECT_THAT(texts(SvgAxis({"", false, 0.0, 6500.0}, 0, 1).ticks(4)),
              ElementsAre("0", "2000", "4000", "6000"));
}

TEST(SvgAxis, PutsLogarithmicTicksAtDecadesWhereThereAreSome) {
  EXPECT_THAT(texts(SvgAxis({"", true, 0.005, 2.0}, 0, 1).ticks(6)),
              ElementsAre("0.01", "0.1", "1"));
  EXPECT_THAT(texts(SvgAxis({"", true, 0.015, 0.06}, 0, 1).ticks(6)), ElementsAre("0.02", "0.05"));
  const SvgAxis wide({"", true, 1e-12, 1.0}, 0, 1);
  EXPECT_LE(wide.ticks(4).size(), 4U);
  EXPECT_GE(wide.ticks(4).size(), 2U);
}

TEST(SvgAxis, MapsItsEndsToThePixelsItIsPlacedAt) {
  SvgAxis linear({"", false, 10.0, 20.0}, 0, 1);
  linear.place(100.0, 0.0);
  EXPECT_NEAR(linear.pixel(10.0), 100.0, 1e-9);
  EXPECT_NEAR(linear.pixel(15.0), 50.0, 1e-9);
  SvgAxis logarithmic({"", true, 1.0, 100.0}, 0, 1);
  logarithmic.place(0.0, 100.0);
  EXPECT_NEAR(logarithmic.pixel(10.0), 50.0, 1e-9);
}

TEST(SvgAxis, WidensWhatHasNoSpan) {
  const SvgAxis axis({"", false, {}, {}}, 3.0, 3.0);
  EXPECT_LT(axis.low(), 3.0);
  EXPECT_GT(axis.high(), 3.0);
  EXPECT_FALSE(axis.ticks(5).empty());
  const SvgAxis zero({"", false, {}, {}}, 0.0, 0.0);
  EXPECT_LT(zero.low(), zero.high());
}

TEST(SvgAxis, IsLinearWhereALogarithmHasNoValue) {
  EXPECT_FALSE(SvgAxis({"", true, {}, {}}, -1.0, 1.0).logarithmic());
  EXPECT_TRUE(SvgAxis({"", true, {}, {}}, 0.1, 1.0).logarithmic());
}

}  // namespace
}  // namespace geod::trainer
