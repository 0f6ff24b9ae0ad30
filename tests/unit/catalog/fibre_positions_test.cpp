#include "catalog/fibre_positions.hpp"

#include <gmock/gmock.h>

namespace geod::catalog {
namespace {

using ::testing::HasSubstr;

const std::string kHeader = "channel,latitude,longitude,elevation_m\n";

TEST(FibrePositions, AreStraightAndEvenBetweenKnownChannels) {
  const auto positions = parse_fibre_positions(
      kHeader + "# a cable\n10,35.0,-117.0,100\n30,35.2,-117.4,200\n40, 35.2, -117.4,\n",
      "cable.csv");
  ASSERT_TRUE(positions) << positions.error().what;
  const auto middle = positions->at(15);
  ASSERT_TRUE(middle);
  EXPECT_NEAR(middle->latitude_deg, 35.05, 1e-9);
  EXPECT_NEAR(middle->longitude_deg, -117.1, 1e-9);
  EXPECT_NEAR(middle->elevation_m, 125.0, 1e-9);
  EXPECT_EQ(positions->at(40)->elevation_m, 0.0);
  EXPECT_FALSE(positions->at(9));
  EXPECT_FALSE(positions->at(41));
}

TEST(FibrePositions, GoTheShortWayAcrossThe180thMeridian) {
  const auto positions =
      FibrePositions::make({{0, {10.0, 179.9, 0.0, 0.0}}, {10, {10.0, -179.7, 0.0, 0.0}}});
  EXPECT_NEAR(positions->at(5)->longitude_deg, -179.9, 1e-9);
}

TEST(FibrePositions, SitesLieEvenlyAlongTheLine) {
  // 0.09 degrees of latitude are 10 km; a bend after 6 km.
  const auto positions = FibrePositions::make({{0, {0.0, 0.0, 0.0, 0.0}},
                                               {600, {0.0, 0.0539, 0.0, 0.0}},
                                               {1000, {0.0360, 0.0539, 0.0, 0.0}}});
  const auto sites = positions->spaced(1000.0);
  ASSERT_EQ(sites.size(), 11U);
  for (std::size_t i = 0; i < sites.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(sites[i].channel), 100.0 * static_cast<double>(i), 2.0);
  }
}

TEST(FibrePositions, AFaultNamesFileAndLine) {
  const auto fault = [](const std::string& csv) {
    const auto positions = parse_fibre_positions(csv, "cable.csv");
    return positions ? std::string{} : positions.error().what;
  };
  EXPECT_THAT(fault("latitude,longitude\n"), HasSubstr("cable.csv:1: expected the header"));
  EXPECT_THAT(fault(kHeader + "1,2,3\n"), HasSubstr("cable.csv:2: expected 4 fields"));
  EXPECT_THAT(fault(kHeader + "1,2,x,4\n"), HasSubstr("cable.csv:2: a field is not a number"));
  EXPECT_THAT(fault(kHeader + "1,2,3,4\n"), HasSubstr("1 places do not make a line"));
  EXPECT_THAT(fault(kHeader + "2,2,3,4\n1,2,3,4\n"), HasSubstr("channel 1 comes after 2"));
  EXPECT_THAT(fault(kHeader + "1,2,3,4\n2,92,3,4\n"), HasSubstr("channel 2: latitude 92"));
  EXPECT_THAT(fault(kHeader + "1,2,3,4\n2,nan,3,4\n"), HasSubstr("no place on earth"));
  EXPECT_THAT(fault(kHeader + "-1,2,3,4\n1,2,3,4\n"), HasSubstr("channel -1 is none"));
  EXPECT_THAT(fault(kHeader + "1,2,3,4\n9223372036854775807,2,3,4\n"), HasSubstr("at most"));
  EXPECT_THAT(fault(""), HasSubstr("0 places"));
}

}  // namespace
}  // namespace geod::catalog
