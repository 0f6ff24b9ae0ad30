// Inventories written and read again.
#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/inventory_csv.hpp"
#include "catalog/station_xml.hpp"
#include "catalog/station_xml_writer.hpp"
#include "tests/support/event_fixture.hpp"

namespace geod::catalog {
namespace {

using testing::HasSubstr;
using testing::Not;

Inventory two_stations() {
  auto inventory = read_inventory(GEOD_SOURCE_DIR "/tests/data/inventory/two_stations.xml");
  EXPECT_TRUE(inventory);
  return *std::move(inventory);
}

std::string xml_of(const Inventory& inventory, StationLevel level) {
  std::string text;
  write_station_xml(
      inventory, level, {"XX", "geod", at("2026-11-22")}, [&](std::string_view piece) {
        text += piece;
      });
  return text;
}

std::string text_of(const Inventory& inventory, StationLevel level) {
  std::string text;
  const auto done =
      write_station_text(inventory, level, [&](std::string_view piece) { text += piece; });
  EXPECT_TRUE(done);
  return text;
}

void expect_same(const Inventory& a, const Inventory& b) {
  ASSERT_EQ(a.stations().size(), b.stations().size());
  for (std::size_t i = 0; i < a.stations().size(); ++i) {
    EXPECT_EQ(a.stations()[i].station, b.stations()[i].station);
    EXPECT_EQ(a.stations()[i].epoch, b.stations()[i].epoch);
    EXPECT_EQ(a.stations()[i].position, b.stations()[i].position);
    EXPECT_EQ(a.stations()[i].site, b.stations()[i].site);
  }
  ASSERT_EQ(a.channels().size(), b.channels().size());
  for (std::size_t i = 0; i < a.channels().size(); ++i) {
    const ChannelEpoch& left = a.channels()[i];
    const ChannelEpoch& right = b.channels()[i];
    EXPECT_EQ(left.source_id, right.source_id);
    EXPECT_EQ(left.epoch, right.epoch);
    EXPECT_EQ(left.position, right.position);
    EXPECT_EQ(left.sample_rate_hz, right.sample_rate_hz);
    EXPECT_EQ(left.azimuth_deg, right.azimuth_deg);
    EXPECT_EQ(left.dip_deg, right.dip_deg);
    ASSERT_EQ(left.response == nullptr, right.response == nullptr);
    if (left.response) {
      EXPECT_EQ(*left.response, *right.response) << left.source_id.seed_id();
    }
  }
}

TEST(StationXmlWriter, WritesWhatWasRead) {
  const Inventory inventory = two_stations();
  const auto again = parse_station_xml(xml_of(inventory, StationLevel::kResponse), "written");
  ASSERT_TRUE(again) << again.error().what;
  expect_same(inventory, *again);
}

TEST(StationXmlWriter, TellsNoMoreThanTheLevel) {
  const Inventory inventory = two_stations();
  EXPECT_THAT(xml_of(inventory, StationLevel::kNetwork), Not(HasSubstr("<Station ")));
  EXPECT_THAT(xml_of(inventory, StationLevel::kStation), Not(HasSubstr("<Channel ")));
  EXPECT_THAT(xml_of(inventory, StationLevel::kChannel), Not(HasSubstr("<Response>")));
}

TEST(StationXmlWriter, MakesStationsOfAPlainTable) {
  const auto inventory = parse_inventory_csv(
      "network,station,location,channel,latitude,longitude,elevation_m,depth_m,start,end\n"
      "XX,A,,HHZ,10,20,100,5,2020-01-01,2021-01-01\n"
      "XX,A,,HHZ,10,20,100,5,2021-01-01,\n",
      "table");
  ASSERT_TRUE(inventory);
  const auto again = parse_station_xml(xml_of(*inventory, StationLevel::kChannel), "written");
  ASSERT_TRUE(again) << again.error().what;
  ASSERT_EQ(again->stations().size(), 1);
  EXPECT_EQ(again->stations()[0].epoch, (Epoch{at("2020-01-01"), Time::max()}));
  EXPECT_EQ(again->stations()[0].position, (Position{10, 20, 105, 0})) << "a station is the ground";
  ASSERT_EQ(again->channels().size(), 2);
  EXPECT_EQ(again->channels()[0].position, (Position{10, 20, 100, 5}));
}

TEST(StationXmlWriter, PutsChannelsUnderTheEpochOfTheirStation) {
  const SourceId id = *SourceId::from_seed("XX", "A", "", "HHZ");
  const Epoch first{at("2010-01-01"), at("2015-01-01")};
  const Epoch second{at("2015-01-01"), Time::max()};
  ChannelEpoch old_channel;
  old_channel.source_id = id;
  old_channel.epoch = first;
  ChannelEpoch new_channel = old_channel;
  new_channel.epoch = second;
  const auto inventory = Inventory::make({old_channel, new_channel},
                                         {{id.station_id(), first, {10, 20, 0, 0}, "old"},
                                          {id.station_id(), second, {11, 21, 0, 0}, "new"}});
  ASSERT_TRUE(inventory);
  const std::string text = xml_of(*inventory, StationLevel::kChannel);
  const std::size_t new_site = text.find("<Name>new</Name>");
  ASSERT_NE(new_site, std::string::npos);
  EXPECT_LT(text.find("<Channel code=\"HHZ\" locationCode=\"\" startDate=\"2010"), new_site);
  EXPECT_GT(text.find("<Channel code=\"HHZ\" locationCode=\"\" startDate=\"2015"), new_site);
}

TEST(StationXmlWriter, SaysWhichStageItDoesNotKeep) {
  InstrumentResponse response;
  response.sensitivity = Sensitivity{1e9, 1.0, "m/s", "count"};
  ResponseStage stage;
  stage.number = 2;
  stage.filter = OtherFilter{"Polynomial"};
  response.stages = {stage};
  ChannelEpoch channel;
  channel.source_id = *SourceId::from_seed("XX", "A", "", "HHZ");
  channel.response = std::make_shared<InstrumentResponse>(response);
  const auto inventory = Inventory::make({channel}, {});
  ASSERT_TRUE(inventory);
  const std::string text = xml_of(*inventory, StationLevel::kResponse);
  EXPECT_THAT(text, HasSubstr("stage 2 of the response (Polynomial)"));
  EXPECT_THAT(text, HasSubstr("<InstrumentSensitivity>"));
  EXPECT_THAT(text, Not(HasSubstr("<Stage ")));
}

TEST(StationXmlWriter, EscapesTheNameOfASite) {
  const auto inventory =
      Inventory::make({}, {{{"XX", "A"}, Epoch{}, {10, 20, 0, 0}, "a <b> & \x02 \"c\""}});
  ASSERT_TRUE(inventory);
  const auto again = parse_station_xml(xml_of(*inventory, StationLevel::kStation), "written");
  ASSERT_TRUE(again) << again.error().what;
  EXPECT_EQ(again->stations()[0].site, "a <b> & \xEF\xBF\xBD \"c\"");
}

TEST(StationText, GivesTheThreeLevels) {
  const auto inventory = parse_inventory_csv(
      "network,station,location,channel,latitude,longitude,elevation_m,depth_m,start,end\n"
      "XX,A,00,HHZ,10.5,20.25,100,5,2020-01-01,2021-01-01\n"
      "XX,B,,HHZ,11,21,0,0,,\n",
      "table");
  ASSERT_TRUE(inventory);
  EXPECT_EQ(text_of(*inventory, StationLevel::kNetwork),
            "#Network|Description|StartTime|EndTime|TotalStations\n"
            "XX||1970-01-01T00:00:00.000000||2\n");
  EXPECT_THAT(text_of(*inventory, StationLevel::kStation),
              HasSubstr("\nXX|A|10.5|20.25|105||2020-01-01T00:00:00.000000|"
                        "2021-01-01T00:00:00.000000\n"));
  EXPECT_THAT(text_of(*inventory, StationLevel::kChannel),
              HasSubstr("\nXX|A|00|HHZ|10.5|20.25|100|5||||||||2020-01-01T00:00:00.000000|"
                        "2021-01-01T00:00:00.000000\n"));
}

TEST(StationText, HasNoTextOfResponses) {
  const auto done = write_station_text({}, StationLevel::kResponse, [](std::string_view) {});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::kUnsupported);
}

}  // namespace
}  // namespace geod::catalog
