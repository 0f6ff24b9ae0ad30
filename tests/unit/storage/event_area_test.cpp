#include "storage/event_area.hpp"

#include <random>

#include <gtest/gtest.h>

namespace geod::storage {
namespace {

TEST(Circle, IsReadWithAndWithoutAnInnerRadius) {
  const auto disc = Circle::parse("35.7/-117.5/20");
  ASSERT_TRUE(disc) << disc.error().what;
  EXPECT_EQ(disc->latitude_deg, 35.7);
  EXPECT_EQ(disc->longitude_deg, -117.5);
  EXPECT_EQ(disc->min_radius_km, 0.0);
  EXPECT_EQ(disc->max_radius_km, 20.0);
  const auto ring = Circle::parse("-90/180/1/2.5");
  ASSERT_TRUE(ring) << ring.error().what;
  EXPECT_EQ(ring->min_radius_km, 1.0);
  EXPECT_EQ(ring->max_radius_km, 2.5);
}

TEST(Circle, RefusesWhatIsNone) {
  for (const char* text : {"",
                           "35/117",
                           "35/117/",
                           "35/117/x",
                           "91/0/1",
                           "0/181/1",
                           "0/0/-1",
                           "0/0/2/1",
                           "0/0/1/2/3",
                           "nan/0/1",
                           "0/0/inf",
                           "35/117/20 "}) {
    const auto circle = Circle::parse(text);
    ASSERT_FALSE(circle) << text;
    EXPECT_EQ(circle.error().code, Errc::kConfig);
    EXPECT_NE(circle.error().what.find("lat/lon/km"), std::string::npos) << circle.error().what;
  }
}

TEST(Circle, MeasuresAlongTheSphere) {
  const double degree_km = 111.1949266;  // of a great circle of radius 6371 km
  const Circle ring{0.0, 179.5, degree_km * 0.999, degree_km * 1.001};
  EXPECT_TRUE(is_inside(ring, 0.0, -179.5)) << "across the 180th meridian";
  EXPECT_TRUE(is_inside(ring, 1.0, 179.5));
  EXPECT_FALSE(is_inside(ring, 0.0, 179.5)) << "within the inner radius";
  EXPECT_FALSE(is_inside(ring, 0.0, -179.4));
  EXPECT_TRUE(is_inside({90.0, 0.0, 0.0, 2.0 * degree_km}, 88.5, 123.0));
}

TEST(Polygon, IsReadCornerByCorner) {
  const auto polygon = Polygon::parse("35/-118,36/-118,36/-117.5");
  ASSERT_TRUE(polygon) << polygon.error().what;
  ASSERT_EQ(polygon->vertices.size(), 3U);
  EXPECT_EQ(polygon->vertices[2].latitude_deg, 36.0);
  EXPECT_EQ(polygon->vertices[2].longitude_deg, -117.5);
}

TEST(Polygon, RefusesWhatIsNone) {
  for (const char* text : {"",
                           "35/-118",
                           "35/-118,36/-118",
                           "35/-118,36/-118,",
                           "35/-118,,36/-118,36/-117",
                           "35/-118,36,36/-117",
                           "35/-118/3,36/-118,36/-117",
                           "95/-118,36/-118,36/-117",
                           "35/-418,36/-118,36/-117",
                           "x/-118,36/-118,36/-117"}) {
    const auto polygon = Polygon::parse(text);
    ASSERT_FALSE(polygon) << text;
    EXPECT_EQ(polygon.error().code, Errc::kConfig);
    EXPECT_NE(polygon.error().what.find("three corners"), std::string::npos);
  }
}

TEST(Polygon, HoldsWhatLiesWithinItsEdges) {
  const Polygon notched{{{0, 0}, {10, 0}, {10, 10}, {5, 5}, {0, 10}}};
  EXPECT_TRUE(is_inside(notched, 5.0, 2.0));
  EXPECT_TRUE(is_inside(notched, 8.0, 7.0));
  EXPECT_TRUE(is_inside(notched, 2.0, 7.0));
  EXPECT_FALSE(is_inside(notched, 5.0, 7.0)) << "in the notch";
  EXPECT_FALSE(is_inside(notched, 5.0, -0.1));
  EXPECT_FALSE(is_inside(notched, 11.0, 5.0));
}

TEST(Polygon, LiesAcrossThe180thMeridianWhenItsLongitudesGoOn) {
  const Polygon fiji{{{-20, 175}, {-15, 175}, {-15, 185}, {-20, 185}}};
  const Polygon tonga{{{-20, -185}, {-15, -185}, {-15, -175}, {-20, -175}}};
  for (const Polygon& polygon : {fiji, tonga}) {
    EXPECT_TRUE(is_inside(polygon, -17.0, 179.0));
    EXPECT_TRUE(is_inside(polygon, -17.0, -176.0));
    EXPECT_FALSE(is_inside(polygon, -17.0, -174.0));
    EXPECT_FALSE(is_inside(polygon, -17.0, 174.0));
    const auto boxes = boxes_around(polygon);
    ASSERT_EQ(boxes.size(), 2U);
    EXPECT_EQ(boxes[0].min_longitude_deg, 175.0);
    EXPECT_EQ(boxes[0].max_longitude_deg, 180.0);
    EXPECT_EQ(boxes[1].min_longitude_deg, -180.0);
    EXPECT_EQ(boxes[1].max_longitude_deg, -175.0);
  }
}

template <class Area>
void expect_all_in_boxes(const Area& area, std::mt19937& random) {
  const auto boxes = boxes_around(area);
  std::uniform_real_distribution<double> latitudes(-90.0, 90.0);
  std::uniform_real_distribution<double> longitudes(-180.0, 180.0);
  for (int i = 0; i < 2000; ++i) {
    const double latitude = latitudes(random);
    const double longitude = longitudes(random);
    bool boxed = false;
    for (const Region& box : boxes) {
      boxed = boxed || (latitude >= box.min_latitude_deg && latitude <= box.max_latitude_deg &&
                        longitude >= box.min_longitude_deg && longitude <= box.max_longitude_deg);
    }
    EXPECT_TRUE(boxed || !is_inside(area, latitude, longitude)) << latitude << ", " << longitude;
  }
}

TEST(Areas, LieInTheirBoxes) {
  std::random_device device;
  const auto seed = device();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> unit(-1.0, 1.0);
  for (int i = 0; i < 50; ++i) {
    expect_all_in_boxes(
        Circle{90.0 * unit(random), 180.0 * unit(random), 0.0, 10'000.0 * (1.0 + unit(random))},
        random);
    Polygon polygon;
    for (int corner = 0; corner < 5; ++corner) {
      polygon.vertices.push_back({90.0 * unit(random), 360.0 * unit(random)});
    }
    expect_all_in_boxes(polygon, random);
  }
}

}  // namespace
}  // namespace geod::storage
