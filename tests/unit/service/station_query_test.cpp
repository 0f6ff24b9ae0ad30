#include "service/station_query.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/inventory_csv.hpp"

namespace geod::service {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// CLC was rebuilt in 2015; WRC2 has channels alone; SLA closed; AB.FIJI lies across the meridian.
const catalog::Inventory& inventory() {
  static const catalog::Inventory kInventory = *catalog::parse_inventory_csv(
      "network,station,location,channel,latitude,longitude,elevation_m,depth_m,start,end\n"
      "CI,CLC,,,35.81574,-117.59751,775,0,2000-01-01,2015-01-01\n"
      "CI,CLC,,,35.81580,-117.59750,776,0,2015-01-01,\n"
      "CI,CLC,--,HHZ,35.81574,-117.59751,775,0,2000-01-01,2015-01-01\n"
      "CI,CLC,--,HHZ,35.81580,-117.59750,776,0,2015-01-01,\n"
      "CI,CLC,00,HNZ,35.81580,-117.59750,776,0,2018-01-01,\n"
      "CI,SLA,,,35.89095,-117.28332,1174,0,2000-01-01,2010-01-01\n"
      "CI,WRC2,,HHZ,35.94790,-117.65038,942,0,2001-01-01,\n"
      "AB,FIJI,,,-17.8,179.9,10,0,1990-01-01,\n",
      "test");
  return kInventory;
}

StationQuery query(const std::string& text) {
  auto parameters = Parameters::read(*parse_target("/q?" + text), station_parameters());
  EXPECT_TRUE(parameters) << parameters.error().what;
  StationQuery query = StationQuery::read(*parameters);
  EXPECT_FALSE(parameters->fault()) << parameters->fault()->what;
  return query;
}

/// "NET.STA year" of the station epochs.
std::vector<std::string> stations(const std::string& text) {
  std::vector<std::string> out;
  const catalog::Inventory selected = select_stations(inventory(), query(text));
  for (const auto& station : selected.stations()) {
    out.push_back(station.station.to_string() + " " + to_iso(station.epoch.start).substr(0, 4));
  }
  return out;
}

std::vector<std::string> channels(const std::string& text) {
  std::vector<std::string> out;
  const catalog::Inventory selected = select_stations(inventory(), query(text + "&level=channel"));
  for (const auto& channel : selected.channels()) {
    out.push_back(channel.source_id.seed_id() + " " + to_iso(channel.epoch.start).substr(0, 4));
  }
  return out;
}

TEST(StationQuery, WithoutConditionsEverythingIsToldAlsoStationsOfChannelsAlone) {
  EXPECT_THAT(
      stations(""),
      ElementsAre("AB.FIJI 1990", "CI.CLC 2000", "CI.CLC 2015", "CI.SLA 2000", "CI.WRC2 2001"));
}

TEST(StationQuery, CodesHaveWildcardsAndLists) {
  EXPECT_THAT(stations("net=CI&sta=?L*"), ElementsAre("CI.CLC 2000", "CI.CLC 2015", "CI.SLA 2000"));
  EXPECT_THAT(stations("sta=FIJI,WRC2"), ElementsAre("AB.FIJI 1990", "CI.WRC2 2001"));
  EXPECT_THAT(stations("sta=clc"), IsEmpty());
}

TEST(StationQuery, ABlankLocationIsWrittenWithDashes) {
  EXPECT_THAT(channels("loc=--"),
              ElementsAre("CI.CLC..HHZ 2000", "CI.CLC..HHZ 2015", "CI.WRC2..HHZ 2001"));
  EXPECT_THAT(channels("loc=00"), ElementsAre("CI.CLC.00.HNZ 2018"));
  EXPECT_THAT(channels("loc="), channels("loc=--"));
}

TEST(StationQuery, AStationIsFoundByItsChannels) {
  EXPECT_THAT(stations("cha=HN?"), ElementsAre("CI.CLC 2015"));
  EXPECT_THAT(stations("cha=B*"), IsEmpty());
}

TEST(StationQuery, TimesSelectEpochsThatTheyOverlap) {
  EXPECT_THAT(stations("net=CI&start=2016-01-01"), ElementsAre("CI.CLC 2015", "CI.WRC2 2001"));
  EXPECT_THAT(stations("net=CI&end=2000-06-01"), ElementsAre("CI.CLC 2000", "CI.SLA 2000"));
  EXPECT_THAT(stations("start=2015-01-01&sta=CLC"), ElementsAre("CI.CLC 2015"))
      << "an epoch ends without its end";
  EXPECT_THAT(channels("start=2016-01-01&end=2017-01-01"),
              ElementsAre("CI.CLC..HHZ 2015", "CI.WRC2..HHZ 2001"));
}

TEST(StationQuery, StartsAndEndsOfEpochsAreLimits) {
  EXPECT_THAT(stations("startbefore=1999-01-01"), ElementsAre("AB.FIJI 1990"));
  EXPECT_THAT(stations("startafter=2001-06-01"), ElementsAre("CI.CLC 2015"));
  EXPECT_THAT(stations("endbefore=2012-01-01"), ElementsAre("CI.SLA 2000"));
  EXPECT_THAT(stations("endafter=2012-01-01&net=CI"),
              ElementsAre("CI.CLC 2000", "CI.CLC 2015", "CI.WRC2 2001"));
}

TEST(StationQuery, BoxesMayLieAcrossTheMeridian) {
  EXPECT_THAT(stations("minlat=-30&maxlat=0&minlon=170&maxlon=-170"), ElementsAre("AB.FIJI 1990"));
  EXPECT_THAT(stations("minlat=35.9&maxlat=36&minlon=-118&maxlon=-117"),
              ElementsAre("CI.WRC2 2001"));
  EXPECT_THAT(stations("maxlat=-20"), IsEmpty());
}

TEST(StationQuery, RadiiAreDegrees) {
  EXPECT_THAT(stations("lat=35.81580&lon=-117.59750&maxradius=0.2"),
              ElementsAre("CI.CLC 2000", "CI.CLC 2015", "CI.WRC2 2001"));
  EXPECT_THAT(stations("lat=35.81580&lon=-117.59750&minradius=0.2&maxradius=1"),
              ElementsAre("CI.SLA 2000"));
  EXPECT_THAT(stations("lat=-17.8&lon=-179.9&maxradius=0.5"), ElementsAre("AB.FIJI 1990"));
}

TEST(StationQuery, FaultsAreTold) {
  for (const char* text : {"level=planet",
                           "format=json",
                           "format=text&level=response",
                           "start=2019-01-02&end=2019-01-01",
                           "minradius=3&maxradius=2",
                           "maxlat=91",
                           "matchtimeseries=true",
                           "includeavailability=yes",
                           "nodata=500",
                           "updatedafter=soon"}) {
    auto parameters =
        Parameters::read(*parse_target(std::string("/q?") + text), station_parameters());
    ASSERT_TRUE(parameters);
    StationQuery::read(*parameters);
    EXPECT_TRUE(parameters->fault()) << text;
  }
}

}  // namespace
}  // namespace geod::service
