#include "catalog/fibre_metadata.hpp"

#include <string>

#include <gmock/gmock.h>

namespace geod::catalog {
namespace {

using ::testing::HasSubstr;

/// Metadata of one acquisition with this channel group.
std::string metadata(const std::string& group) {
  return R"({"schema":"https://www.fdsn.org/schemas/DAS-Metadata-FDSN/2.0","interrogators":[)"
         R"({"acquisitions":[{"channel_groups":[)" +
         group + "]}]}]}";
}

void expect_refused(const std::string& group, const std::string& reason) {
  const auto positions = parse_fibre_metadata(metadata(group));
  ASSERT_FALSE(positions) << group;
  EXPECT_EQ(positions.error().code, Errc::kConfig);
  EXPECT_THAT(positions.error().what, HasSubstr(reason));
}

TEST(FibreMetadata, GivesThePlacesOfTheChannelsByTheNumbersInTheirIds) {
  const auto positions = parse_fibre_metadata(
      metadata(R"({"coordinate_system":"geographic","channels":{"channel_ids":["A0030","A0010"],)"
               R"("distances_along_fiber":[300,100],"x_coordinates":[-117.4,-117.0],)"
               R"("y_coordinates":[35.2,35.0],"elevations_above_sea_level":[700,100],)"
               R"("depths_below_surface":[200,1]}})"));
  ASSERT_TRUE(positions) << positions.error().what;
  ASSERT_TRUE(positions->has_value());
  EXPECT_EQ(
      (*positions)->points(),
      (std::vector<FibrePoint>{{10, {35.0, -117.0, 99.0, 0.0}}, {30, {35.2, -117.4, 500.0, 0.0}}}));
}

TEST(FibreMetadata, PutsChannelGroupsTogether) {
  const std::string group = R"({"channels":{"channel_ids":[1,2],"x_coordinates":[10,10.1],)"
                            R"("y_coordinates":[50,50]}})";
  const std::string other = R"({"channels":[{"channel_ids":[3],"x_coordinates":[10.2],)"
                            R"("y_coordinates":[50]}]})";
  const auto positions = parse_fibre_metadata(metadata(group + "," + other));
  ASSERT_TRUE(positions && *positions);
  EXPECT_EQ((*positions)->points().size(), 3U);
  const auto at_the_top = parse_fibre_metadata(R"({"channel_groups":[)" + group + "]}");
  ASSERT_TRUE(at_the_top && *at_the_top);
  EXPECT_EQ((*at_the_top)->points().size(), 2U);
  expect_refused(group + "," + group, "each once");
}

TEST(FibreMetadata, TakesUtmCoordinatesOfAZone) {
  // 500 km east is the middle of the zone, here 117 degrees west.
  const auto positions = parse_fibre_metadata(
      metadata(R"({"coordinate_system":"UTM","reference_frame":"UTM Zone 11N","channels":)"
               R"({"channel_ids":["1","2"],"x_coordinates":[500000,500000],)"
               R"("y_coordinates":[0,3873043]}})"));
  ASSERT_TRUE(positions) << positions.error().what;
  const auto& points = (*positions)->points();
  EXPECT_NEAR(points[0].position.longitude_deg, -117.0, 1e-9);
  EXPECT_NEAR(points[0].position.latitude_deg, 0.0, 1e-9);
  EXPECT_NEAR(points[1].position.latitude_deg, 35.0, 1e-3);
}

TEST(FibreMetadata, WithoutChannelsNamesNoPlaces) {
  for (const char* json : {"{}",
                           R"({"interrogators":[]})",
                           R"({"interrogators":[{"acquisitions":7}],"channel_groups":[1]})",
                           R"({"channel_groups":[{"channels":{}},{"channels":[]}]})"}) {
    const auto positions = parse_fibre_metadata(json);
    ASSERT_TRUE(positions) << json;
    EXPECT_FALSE(*positions) << json;
  }
}

TEST(FibreMetadata, RefusesWhatIsNoPlaceAndSaysWhy) {
  expect_refused(
      R"({"channels":{"channel_ids":["1","2"],"x_coordinates":[1],"y_coordinates":[1,2]}})",
      "x_coordinates is not an array of 2");
  expect_refused(R"({"channels":{"channel_ids":["1","2"],"x_coordinates":[1,2]}})",
                 "y_coordinates is not an array of 2");
  expect_refused(
      R"({"channels":{"channel_ids":["1","x"],"x_coordinates":[1,2],"y_coordinates":[1,2]}})",
      "has no number");
  expect_refused(R"({"channels":{"channel_ids":["1","99999999999999999999999"],)"
                 R"("x_coordinates":[1,2],"y_coordinates":[1,2]}})",
                 "has no number");
  expect_refused(
      R"({"channels":{"channel_ids":["1","2"],"x_coordinates":[1,null],"y_coordinates":[1,2]}})",
      "entry 1 of x_coordinates");
  expect_refused(
      R"({"channels":{"channel_ids":["1","2"],"x_coordinates":[1,2],"y_coordinates":[1,91]}})",
      "no place on earth");
  expect_refused(R"({"channels":{"channel_ids":["1"],"x_coordinates":[1],"y_coordinates":[1]}})",
                 "two or more");
  expect_refused(R"({"channels":{"channel_ids":"all"}})", "not an array of at most");
  const std::string good =
      R"(,"channels":{"channel_ids":["1"],"x_coordinates":[1],"y_coordinates":[1]}})";
  expect_refused(R"({"coordinate_system":"local")" + good, "cannot be placed");
  for (const char* frame :
       {"", "UTM", "UTM 61N", "UTM 0N", "UTM 11", "UTM 11Q", "WGS84", "UTM 999999999999N"}) {
    expect_refused(
        std::string(R"({"coordinate_system":"UTM","reference_frame":")") + frame + "\"" + good,
        "cannot be placed");
  }
  expect_refused(
      R"({"coordinate_system":"UTM","reference_frame":"UTM 11N","channels":{"channel_ids":["1"],)"
      R"("x_coordinates":[9e9],"y_coordinates":[1]}})",
      "UTM zone 11");
  EXPECT_FALSE(parse_fibre_metadata("[]"));
  EXPECT_FALSE(parse_fibre_metadata("{"));
}

}  // namespace
}  // namespace geod::catalog
