#include "daemon/map_projection.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace geod {
namespace {

using ::testing::ElementsAre;

constexpr double kKmPerDegree = 111.195;
const trainer::SvgPoint kCorner{10.0, 20.0};

MapExtent around(std::vector<MapPoint> points) {
  return extent_of(points);
}

TEST(MapExtent, HoldsAllPoints) {
  const MapExtent extent = around({{10.0, 20.0}, {-5.0, 30.0}, {3.0, 25.0}});
  EXPECT_DOUBLE_EQ(extent.south_deg, -5.0);
  EXPECT_DOUBLE_EQ(extent.north_deg, 10.0);
  EXPECT_DOUBLE_EQ(extent.west_deg, 20.0);
  EXPECT_DOUBLE_EQ(extent.east_deg, 30.0);
}

TEST(MapExtent, LiesAcrossThe180thMeridianWhereThatIsSmaller) {
  const MapExtent extent = around({{-17.0, 179.0}, {-18.0, -178.5}, {-16.0, 177.0}});
  EXPECT_DOUBLE_EQ(extent.west_deg, 177.0);
  EXPECT_DOUBLE_EQ(extent.east_deg, 181.5);
  EXPECT_TRUE(extent.contains({-17.0, -179.0}));
  EXPECT_TRUE(extent.contains({-17.0, 181.0}));
  EXPECT_FALSE(extent.contains({-17.0, -178.0}));
  EXPECT_FALSE(extent.contains({-19.0, 179.0}));
}

TEST(MapExtent, OfOnePointIsThatPoint) {
  const MapExtent extent = around({{35.0, -117.0}});
  EXPECT_EQ(extent.middle(), (MapPoint{35.0, -117.0}));
  EXPECT_DOUBLE_EQ(extent.width_km(), 0.0);
}

TEST(MapExtent, GrowsByKilometresOnEverySide) {
  const MapExtent extent = around({{60.0, 10.0}}).grown(kKmPerDegree);
  EXPECT_NEAR(extent.south_deg, 59.0, 1e-9);
  EXPECT_NEAR(extent.north_deg, 61.0, 1e-9);
  EXPECT_NEAR(extent.east_deg - extent.west_deg, 4.0, 1e-9);
}

TEST(MapExtent, DoesNotGrowBeyondThePolesOrRoundTheEarth) {
  const MapExtent extent = around({{89.5, 10.0}, {88.0, 40.0}}).grown(500.0);
  EXPECT_DOUBLE_EQ(extent.north_deg, 90.0);
  EXPECT_LE(extent.east_deg - extent.west_deg, 360.0);
}

TEST(MapProjection, ShowsAllOfTheExtentInsideTheRectangle) {
  const MapExtent extent{-17.0, -12.0, 177.0, 190.0};
  const MapProjection projection(extent, kCorner, 400.0, 300.0);
  for (const MapPoint corner : {MapPoint{-17.0, 177.0}, {-12.0, -170.0}, {-12.0, 177.0}}) {
    const trainer::SvgPoint at = projection.pixel(corner);
    EXPECT_GT(at.x, 10.0);
    EXPECT_LT(at.x, 410.0);
    EXPECT_GT(at.y, 20.0);
    EXPECT_LT(at.y, 320.0);
  }
}

TEST(MapProjection, PutsNorthUpAndEastRightAlsoAcrossThe180thMeridian) {
  const MapProjection projection({-18.0, -16.0, 179.0, 181.0}, kCorner, 400.0, 400.0);
  const trainer::SvgPoint west = projection.pixel({-17.0, 179.5});
  const trainer::SvgPoint east = projection.pixel({-16.5, -179.5});
  EXPECT_LT(west.x, east.x);
  EXPECT_GT(west.y, east.y);
  EXPECT_NEAR(projection.meridian_px(180.0), 210.0, 1e-9);
}

TEST(MapProjection, IsTrueToScaleAlongTheMiddleParallelAndMeridians) {
  const MapProjection projection({59.0, 61.0, 9.0, 11.0}, kCorner, 500.0, 500.0);
  const trainer::SvgPoint middle = projection.pixel({60.0, 10.0});
  const double east_km = kKmPerDegree * std::cos(60.0 * std::acos(-1.0) / 180.0);
  EXPECT_NEAR(
      (projection.pixel({60.0, 11.0}).x - middle.x) * projection.km_per_px(), east_km, 1e-6);
  EXPECT_NEAR(
      (middle.y - projection.pixel({61.0, 10.0}).y) * projection.km_per_px(), kKmPerDegree, 1e-6);
  const trainer::SvgPoint moved = projection.pixel({60.0, 10.0}, 12.0, -5.0);
  EXPECT_NEAR((moved.x - middle.x) * projection.km_per_px(), 12.0, 1e-6);
  EXPECT_NEAR((moved.y - middle.y) * projection.km_per_px(), 5.0, 1e-6);
}

TEST(MapProjection, ShowsCountryAroundASinglePlace) {
  const MapProjection projection({35.0, 35.0, -117.0, -117.0}, kCorner, 400.0, 200.0);
  EXPECT_GT(projection.shown().height_km(), 19.9);
  EXPECT_GT(projection.shown().width_km(), 39.9);
}

TEST(GraticuleLines, StandAtNiceDegrees) {
  EXPECT_THAT(graticule_lines(35.58, 35.96, 4).at_deg,
              ElementsAre(::testing::DoubleNear(35.6, 1e-9),
                          ::testing::DoubleNear(35.7, 1e-9),
                          ::testing::DoubleNear(35.8, 1e-9),
                          ::testing::DoubleNear(35.9, 1e-9)));
  EXPECT_THAT(graticule_lines(-100.0, 100.0, 5).at_deg, ElementsAre(-90.0, -45.0, 0.0, 45.0, 90.0));
}

TEST(GraticuleLines, AreNeverMoreThanAsked) {
  for (double span = 0.01; span < 360.0; span *= 1.3) {
    EXPECT_LE(graticule_lines(-10.0, -10.0 + span, 6).at_deg.size(), 7U) << span;
    EXPECT_GE(graticule_lines(-10.0, -10.0 + span, 6).at_deg.size(), 2U) << span;
  }
}

TEST(GraticuleLines, AreToldWithTheirSide) {
  EXPECT_EQ(latitude_text(35.5, 0.1), "35.5\u00b0N");
  EXPECT_EQ(latitude_text(-20.0, 2.0), "20\u00b0S");
  EXPECT_EQ(latitude_text(0.0, 1.0), "0\u00b0");
  EXPECT_EQ(longitude_text(-117.25, 0.05), "117.25\u00b0W");
  EXPECT_EQ(longitude_text(182.0, 2.0), "178\u00b0W");
  EXPECT_EQ(longitude_text(180.0, 2.0), "180\u00b0");
  EXPECT_EQ(longitude_text(-180.0, 2.0), "180\u00b0");
  EXPECT_EQ(longitude_text(360.0, 90.0), "0\u00b0");
}

TEST(ScaleBar, IsTheLongestNiceLengthThatFits) {
  EXPECT_DOUBLE_EQ(scale_bar_km(9.9), 5.0);
  EXPECT_DOUBLE_EQ(scale_bar_km(10.0), 10.0);
  EXPECT_DOUBLE_EQ(scale_bar_km(0.3), 0.2);
  EXPECT_DOUBLE_EQ(scale_bar_km(499.0), 200.0);
}

}  // namespace
}  // namespace geod
