#include "service/station_service.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/inventory_csv.hpp"

namespace geod::service {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class StationService : public ::testing::Test {
 protected:
  void SetUp() override {
    snapshot_.inventory = std::make_shared<catalog::Inventory>(*catalog::parse_inventory_csv(
        "network,station,location,channel,latitude,longitude,elevation_m,depth_m,start,end\n"
        "CI,CLC,--,HHZ,35.8158,-117.5975,775,5,2000-01-01,2015-01-01T12:30:00.25\n",
        "test"));
    snapshot_.updated = *parse_iso("2020-01-01");
    add_station_routes(
        router_, [this] { return snapshot_; }, "AG");
  }
  HttpResponse get(const std::string& target) const {
    auto request = *parse_target("/fdsnws/station/1/" + target);
    request.base_url = "http://localhost:8080";
    const Route* route = router_.find(request.path);
    EXPECT_NE(route, nullptr);
    return route->answer(request);
  }

  InventorySnapshot snapshot_;
  Router router_;
};

TEST_F(StationService, ChannelsAreALineEach) {
  const HttpResponse response = get("query?format=text&level=channel");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body,
            "#Network|Station|Location|Channel|Latitude|Longitude|Elevation|Depth|Azimuth|Dip|"
            "SensorDescription|Scale|ScaleFreq|ScaleUnits|SampleRate|StartTime|EndTime\n"
            "CI|CLC||HHZ|35.8158|-117.5975|775|5|||||||"
            "|2000-01-01T00:00:00.000000|2015-01-01T12:30:00.250000\n");
}

TEST_F(StationService, NothingIs204Or404OnRequest) {
  EXPECT_EQ(get("query?sta=XXX").status, 204);
  EXPECT_EQ(get("query?sta=XXX&nodata=404").status, 404);
  snapshot_.inventory = nullptr;
  EXPECT_EQ(get("query").status, 204);
}

TEST_F(StationService, UpdatedAfterIsWhenTheInventoryCameIntoForce) {
  EXPECT_EQ(get("query?format=text&updatedafter=2019-12-31").status, 200);
  EXPECT_EQ(get("query?format=text&updatedafter=2020-01-01").status, 204);
}

TEST_F(StationService, AFaultIsAPlainTextThatNamesIt) {
  const HttpResponse response = get("query?minlat=north");
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.body, StartsWith("Error 400: Bad Request\n\nminlatitude: 'north'"));
  EXPECT_THAT(
      response.body,
      HasSubstr("available from http://localhost:8080/fdsnws/station/1/application.wadl\n"));
  EXPECT_THAT(response.body,
              HasSubstr("Request:\nhttp://localhost:8080/fdsnws/station/1/query?minlat=north\n"));
}

TEST_F(StationService, DescribesItself) {
  EXPECT_EQ(get("version").body, "1.1.0\n");
  EXPECT_THAT(get("application.wadl").body,
              HasSubstr("base=\"http://localhost:8080/fdsnws/station/1/\""));
}

}  // namespace
}  // namespace geod::service
