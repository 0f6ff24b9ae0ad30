#include "catalog/inventory.hpp"

#include <fstream>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/inventory_csv.hpp"
#include "catalog/station_xml.hpp"

namespace geod::catalog {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kFolder = std::string(GEOD_SOURCE_DIR) + "/tests/data/inventory/";
constexpr const char* kHeader =
    "network,station,location,channel,latitude,longitude,elevation_m,depth_m,start,end\n";

std::string text_of(const std::string& name) {
  std::ostringstream text;
  text << std::ifstream(kFolder + name, std::ios::binary).rdbuf();
  return text.str();
}

SourceId id_of(const char* channel) {
  return *SourceId::from_seed("XX", "HILL", "00", channel);
}

Time time_of(const char* iso) {
  return *parse_iso(iso);
}

/// `text` with the first `from` replaced; it must be there.
std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

void expect_refused(const std::string& xml, const std::string& reason) {
  const auto inventory = parse_station_xml(xml, "two.xml");
  ASSERT_FALSE(inventory.has_value()) << reason;
  EXPECT_THAT(inventory.error().what, HasSubstr("two.xml"));
  EXPECT_THAT(inventory.error().what, HasSubstr(reason));
}

TEST(Inventory, TakesTheEpochOfTheDatasTime) {
  const auto inventory = read_inventory(kFolder + "two_stations.xml");
  ASSERT_TRUE(inventory.has_value()) << inventory.error().what;
  EXPECT_EQ(inventory->channels().size(), 6U);
  const auto gain_at = [&](const char* iso) {
    const ChannelEpoch* channel = inventory->channel_at(id_of("HHN"), time_of(iso));
    return channel == nullptr ? 0.0 : channel->response->stages.front().gain;
  };
  EXPECT_EQ(gain_at("2014-12-31T23:59:59.999999"), 0.0);
  EXPECT_EQ(gain_at("2015-01-01"), 1500.0);
  EXPECT_EQ(gain_at("2019-07-01T12:00:00.499999999"), 1500.0);
  EXPECT_EQ(gain_at("2019-07-01T12:00:00.5"), 750.0);
  EXPECT_EQ(gain_at("2200-01-01"), 750.0);
  EXPECT_EQ(inventory->channel_at(id_of("BHN"), time_of("2016-01-01")), nullptr);
}

TEST(Inventory, KnowsWhereAnInstrumentIs) {
  const auto inventory = read_inventory(kFolder + "two_stations.xml");
  const auto hill = inventory->position_at(id_of("HHZ").instrument_id(), time_of("2016-01-01"));
  ASSERT_TRUE(hill.has_value());
  EXPECT_EQ(*hill, (Position{35.8158, -117.5975, 1203.5, 2.0}));
  EXPECT_DOUBLE_EQ(hill->elevation_km(), 1.2035) << "Elevation is that of the sensor";
  // A channel that is not listed stands where its station stands.
  const InstrumentId sea{"XX", "SEA", "", "H", "H"};
  const auto bed = inventory->position_at(sea, time_of("1950-01-01"));
  ASSERT_TRUE(bed.has_value());
  EXPECT_EQ(bed->elevation_m, -2400.0);
  EXPECT_FALSE(inventory->position_at(StationId{"XX", "LAKE"}, time_of("2016-01-01")).has_value());
}

TEST(StationXml, KeepsEveryStageOfAResponse) {
  const auto inventory = read_inventory(kFolder + "two_stations.xml");
  const ChannelEpoch* channel = inventory->channel_at(id_of("HHZ"), time_of("2016-01-01"));
  ASSERT_NE(channel, nullptr);
  EXPECT_EQ(channel->sample_rate_hz, 100.0);
  EXPECT_EQ(channel->dip_deg, -90.0);
  const InstrumentResponse& response = *channel->response;
  EXPECT_EQ(response.sensitivity, (Sensitivity{6e8, 1.0, "M/S", "COUNTS"}));
  ASSERT_EQ(response.stages.size(), 3U);

  const ResponseStage& seismometer = response.stages[0];
  EXPECT_EQ(seismometer.input_units, "M/S");
  EXPECT_EQ(seismometer.output_units, "V");
  EXPECT_EQ(seismometer.gain, 1500.0);
  const auto& filter = std::get<PolesZeros>(seismometer.filter);
  EXPECT_EQ(filter.unit, PoleUnit::kRadiansPerSecond);
  EXPECT_EQ(filter.normalization_factor, 6.0077e7);
  EXPECT_EQ(filter.zeros.size(), 2U);
  ASSERT_EQ(filter.poles.size(), 5U);
  EXPECT_EQ(filter.poles[3], std::complex<double>(-131.0, -467.3));

  const ResponseStage& digitizer = response.stages[1];
  EXPECT_EQ(digitizer.gain, 400'000.0);
  EXPECT_THAT(std::get<Coefficients>(digitizer.filter).numerator, ElementsAre(1.0));
  EXPECT_EQ(digitizer.decimation, (Decimation{200.0, 1, 0.0, 0.0}));

  const ResponseStage& decimator = response.stages[2];
  EXPECT_THAT(std::get<Coefficients>(decimator.filter).numerator,
              ElementsAre(0.05, 0.45, 0.45, 0.05));
  EXPECT_EQ(decimator.decimation, (Decimation{200.0, 2, 0.01, 0.01}));
}

TEST(StationXml, UnfoldsASymmetricFilterOfAnOddNumber) {
  const std::string xml = replaced(text_of("two_stations.xml"), "EVEN", "ODD");
  const auto inventory = parse_station_xml(xml, "odd");
  ASSERT_TRUE(inventory.has_value()) << inventory.error().what;
  const ChannelEpoch* channel = inventory->channel_at(id_of("HHZ"), time_of("2016-01-01"));
  ASSERT_NE(channel, nullptr);
  EXPECT_THAT(std::get<Coefficients>(channel->response->stages[2].filter).numerator,
              ElementsAre(0.05, 0.45, 0.05));
}

TEST(StationXml, ReadsDatesThatMeanAlways) {
  const std::string xml = replaced(text_of("two_stations.xml"),
                                   "endDate=\"2019-07-01T12:00:00.500000Z\"",
                                   "endDate=\"2599-12-31T23:59:59+00:00\"");
  const auto inventory = parse_station_xml(xml, "always");
  ASSERT_TRUE(inventory.has_value()) << inventory.error().what;
  const ChannelEpoch* channel = inventory->channel_at(id_of("HHZ"), time_of("2016-01-01"));
  ASSERT_NE(channel, nullptr);
  EXPECT_EQ(channel->epoch.end, Time::max());
  // The later epoch has taken over all the same.
  EXPECT_EQ(inventory->channel_at(id_of("HHZ"), time_of("2021-01-01"))->epoch.start,
            time_of("2019-07-01T12:00:00.5"));
}

TEST(StationXml, RefusesWhatIsWrongAndSaysWhere) {
  const std::string xml = text_of("two_stations.xml");
  const std::string channel = "XX.HILL.00.HHZ";
  expect_refused("", "not XML");
  expect_refused(xml.substr(0, xml.size() / 2), "not XML at byte");
  expect_refused("<html><body/></html>", "its root is <html>");
  expect_refused(replaced(xml, "schemaVersion=\"1.2\"", "schemaVersion=\"2.0\""), "version '2.0'");
  expect_refused(replaced(xml, ">60077000.0<", ">nan<"), channel + ": <NormalizationFactor>");
  expect_refused(replaced(xml, ">100.0<", ">1e999<"), channel + ": <SampleRate>");
  expect_refused(replaced(xml, "-117.5975", "-417.5975"), "no place on earth");
  expect_refused(replaced(xml, ">1203.5<", "><"), "XX.HILL: <Elevation>");
  expect_refused(replaced(xml, "<Depth unit=\"METERS\">2.0</Depth>", ""), channel + ": <Depth>");
  expect_refused(replaced(xml, "LAPLACE (RADIANS/SECOND)", "LAPLACE"), "PzTransferFunctionType");
  expect_refused(replaced(xml, "EVEN", "SOME"), "Symmetry 'SOME'");
  expect_refused(replaced(xml, "<Factor>1<", "<Factor>-1<"), "Factor is '-1'");
  expect_refused(replaced(xml, "Stage number=\"1\"", "Stage number=\"one\""), "Stage number");
  expect_refused(replaced(xml, "code=\"HHZ\"", "code=\"H H\""), "XX.HILL.00.H H");
  expect_refused(replaced(xml, "code=\"HILL\"", "code=\"\""), "XX.");
  expect_refused(replaced(xml,
                          "startDate=\"2015-01-01T00:00:00.000000Z\" endDate",
                          "startDate=\"yesterday\" endDate"),
                 "startDate");
  expect_refused(replaced(xml, "endDate=\"2019-07", "endDate=\"2009-07"), "ends at");
}

TEST(StationXml, AFaultIsToldInAFewWordsHoweverLongTheNamesAre) {
  const std::string xml = text_of("two_stations.xml");
  const std::string name(1'000'000, 'N');
  for (const std::string& spoilt :
       {replaced(xml, "code=\"HHZ\"", "code=\"" + name + "\""),
        replaced(xml, "LAPLACE (RADIANS/SECOND)", name),
        replaced(xml,
                 "startDate=\"2015-01-01T00:00:00.000000Z\" endDate",
                 "startDate=\"" + name + "\" endDate"),
        "<" + name + "/>",
        replaced(xml, "schemaVersion=\"1.2\"", "schemaVersion=\"" + name + "\""),
        kHeader + ("XX,HILL,00,HHZ," + name + ",-117.6,0,2,,\n"),
        kHeader + ("XX," + name + ",00,HHZ,35.8,-117.6,0,2,,\n")}) {
    const auto inventory = spoilt.starts_with("<") ? parse_station_xml(spoilt, "long")
                                                   : parse_inventory_csv(spoilt, "long");
    ASSERT_FALSE(inventory.has_value());
    EXPECT_LT(inventory.error().what.size(), 1000U) << inventory.error().what.substr(0, 100);
  }
}

TEST(StationXml, SurvivesAFileCutOrSpoiltAnywhere) {
  const std::string xml = text_of("two_stations.xml");
  for (std::size_t at = 0; at < xml.size(); at += 97) {
    EXPECT_FALSE(parse_station_xml(std::string_view(xml).substr(0, at), "cut").has_value()) << at;
    std::string spoilt = xml;
    spoilt[at] = '\0';
    if (const auto inventory = parse_station_xml(spoilt, "spoilt"); !inventory) {
      EXPECT_THAT(inventory.error().what, HasSubstr("spoilt"));
    }
  }
}

TEST(InventoryCsv, ReadsChannelsAndStations) {
  const auto inventory = parse_inventory_csv(
      std::string("# of a temporary network\n") + kHeader +
          "XX,HILL,00,HHZ,35.8,-117.6,1203.5,2,2015-01-01,2019-07-01T12:00:00.5\r\n"
          "XX,HILL,00,HHZ,35.9,-117.6,1203.5,2,2019-07-01T12:00:00.5,\n"
          "\n"
          "XX,LAKE,--,,-12.25,179.95,,,,\n",
      "stations.csv");
  ASSERT_TRUE(inventory.has_value()) << inventory.error().what;
  EXPECT_EQ(inventory->channel_at(id_of("HHZ"), time_of("2019-07-01"))->position.latitude_deg,
            35.8);
  EXPECT_EQ(inventory->channel_at(id_of("HHZ"), time_of("2020-07-01"))->position.latitude_deg,
            35.9);
  EXPECT_EQ(inventory->position_at(StationId{"XX", "LAKE"}, time_of("1980-01-01")),
            (Position{-12.25, 179.95, 0.0, 0.0}));
}

TEST(InventoryCsv, TakesTheColumnsThatItsHeaderNames) {
  const auto inventory = parse_inventory_csv(
      "station,network,longitude,latitude,elevation_m\nCLC,CI,-117.6,35.8,775\n", "stations.csv");
  ASSERT_TRUE(inventory.has_value()) << inventory.error().what;
  ASSERT_EQ(inventory->stations().size(), 1U);
  EXPECT_EQ(inventory->stations()[0].station.to_string(), "CI.CLC");
  EXPECT_EQ(inventory->stations()[0].position, (Position{35.8, -117.6, 775.0, 0.0}));
  for (const std::string header : {"network,station,latitude\n",
                                   "network,station,latitude,longitude,latitude\n",
                                   "network,station,latitude,longitude,azimuth\n"}) {
    EXPECT_FALSE(parse_inventory_csv(header, "stations.csv").has_value()) << header;
  }
}

TEST(InventoryCsv, RefusesWhatIsWrongAndSaysWhere) {
  const auto expect_csv_refused = [](const std::string& csv, const std::string& reason) {
    const auto inventory = parse_inventory_csv(csv, "stations.csv");
    ASSERT_FALSE(inventory.has_value()) << csv;
    EXPECT_EQ(inventory.error().code, Errc::kConfig);
    EXPECT_THAT(inventory.error().what, HasSubstr("stations.csv"));
    EXPECT_THAT(inventory.error().what, HasSubstr(reason));
  };
  const std::string header = kHeader;
  expect_csv_refused("", "begins with a header of network,station");
  expect_csv_refused("XX,HILL,35.8,-117.6\n", "line 1: neither StationXML nor CSV");
  expect_csv_refused(header + "XX,HILL,00,HHZ,35.8,-117.6,1203.5,2,2015-01-01\n",
                     "line 2: expected 10 fields");
  expect_csv_refused(header + "XX,HILL,00,HHZ,35.8,-117.6,1203.5,2,,,\n",
                     "line 2: expected 10 fields");
  expect_csv_refused(header + "XX,HILL,00,HHZ,,-117.6,1203.5,2,,\n", "line 2: latitude ''");
  expect_csv_refused(header + "XX,HILL,00,HHZ,35.8,-117.6,high,2,,\n", "elevation_m 'high'");
  expect_csv_refused(header + "XX,HILL,00,HHZ,95.8,-117.6,0,2,,\n", "no place on earth");
  expect_csv_refused(header + "XX,H!LL,00,HHZ,35.8,-117.6,0,2,,\n", "line 2: ");
  expect_csv_refused(header + "XX,HILL,00,HHZ,35.8,-117.6,0,2,now,\n", "'now' is not a UTC time");
  expect_csv_refused(header + "XX,HILL,00,HHZ,35.8,-117.6,0,2,2020-01-01,2019-01-01\n", "ends at");
}

TEST(Inventory, ABoreholeSensorIsAtItsElevationAndTheGroundItsDepthAbove) {
  std::string xml = text_of("two_stations.xml");
  for (const auto& [from, to] : {std::pair{">2.0<", ">200<"}, std::pair{">1203.5<", ">500<"}}) {
    for (auto at = xml.find(from); at != std::string::npos; at = xml.find(from, at)) {
      xml.replace(at, std::string_view(from).size(), to);
    }
  }
  const std::string csv = kHeader + std::string("XX,HILL,00,HHZ,35.8158,-117.5975,500,200,,\n");
  for (const auto& inventory :
       {parse_station_xml(xml, "borehole.xml"), parse_inventory_csv(csv, "borehole.csv")}) {
    ASSERT_TRUE(inventory.has_value()) << inventory.error().what;
    const auto hole = inventory->position_at(id_of("HHZ").instrument_id(), time_of("2016-01-01"));
    ASSERT_TRUE(hole.has_value());
    EXPECT_DOUBLE_EQ(hole->elevation_km(), 0.5);
    EXPECT_EQ(hole->ground(), (Position{35.8158, -117.5975, 700.0, 0.0}));
  }
}

TEST(Inventory, SaysWhichFileIsNotThere) {
  const auto inventory = read_inventory(kFolder + "none.xml");
  ASSERT_FALSE(inventory.has_value());
  EXPECT_EQ(inventory.error().code, Errc::kNotFound);
  EXPECT_THAT(inventory.error().what, HasSubstr("none.xml"));
}

}  // namespace
}  // namespace geod::catalog
