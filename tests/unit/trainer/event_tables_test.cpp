#include "trainer/event_tables.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/trainer/tmp_dir.hpp"

namespace geod::trainer {
namespace {

using ::testing::HasSubstr;

CsvTable table_of(const test::TmpDir& dir, const std::string& text) {
  dir.write("table.csv", text);
  auto table = CsvTable::read(dir / "table.csv");
  EXPECT_TRUE(table) << table.error().what;
  return std::move(*table);
}

TEST(EventTables, CompletesWhatALabelLacks) {
  const test::TmpDir dir;
  EventTables tables;
  ASSERT_TRUE(tables.read_events(table_of(
      dir, "event,time,latitude,longitude,depth_km,magnitude\ne1,2020-01-01,1.0,10.0,5,2.5\n")));
  ASSERT_TRUE(
      tables.read_stations(table_of(dir, "network,station,latitude,longitude\nXX,A,0.0,10.0\n")));
  EventLabel label;
  tables.complete("e1", {"XX", "A"}, label);
  EXPECT_EQ(label.magnitude, 2.5);
  EXPECT_NEAR(label.distance_km.value(), 110.574, 1e-3);
  EXPECT_NEAR(label.back_azimuth_deg.value(), 0.0, 1e-9);
  EventLabel own;
  own.magnitude = 3.1;
  own.distance_km = 7.0;
  tables.complete("e1", {"XX", "A"}, own);
  EXPECT_EQ(own.magnitude, 3.1);
  EXPECT_EQ(own.distance_km, 7.0);
}

TEST(EventTables, KnowsNothingOfAnUnknownEventOrStation) {
  const test::TmpDir dir;
  EventTables tables;
  ASSERT_TRUE(tables.read_events(
      table_of(dir, "event,latitude,longitude,magnitude\ne1,1.0,10.0,2.5\ne2,,,\n")));
  EventLabel label;
  tables.complete("e9", {"XX", "A"}, label);
  tables.complete("e2", {"XX", "A"}, label);
  EXPECT_FALSE(has_scalar(label));
  tables.complete("e1", {"XX", "A"}, label);
  EXPECT_TRUE(label.magnitude);
  EXPECT_FALSE(label.distance_km);
}

TEST(EventTables, NamesTheRowAndColumnThatIsWrong) {
  const test::TmpDir dir;
  for (const auto& [row, column] : {std::pair{"e1,95.0,10.0,2.5", "latitude"},
                                    std::pair{"e1,1.0,10.0,25", "magnitude"},
                                    std::pair{"e1,1.0,ten,2.5", "longitude"},
                                    std::pair{",1.0,10.0,2.5", "event"}}) {
    EventTables tables;
    const auto read = tables.read_events(
        table_of(dir, std::string("event,latitude,longitude,magnitude\n") + row + "\n"));
    ASSERT_FALSE(read) << row;
    EXPECT_EQ(read.error().code, Errc::kCorruptRecord);
    EXPECT_THAT(read.error().what, HasSubstr("table.csv:2"));
    EXPECT_THAT(read.error().what, HasSubstr(column));
  }
}

TEST(Polarity, ReadsTheLettersOfTheField) {
  for (const char* up : {"U", "C", "c", "up", "positive"}) {
    EXPECT_EQ(parse_polarity(up).value(), true) << up;
  }
  for (const char* down : {"D", "R", "r", "Down", "negative"}) {
    EXPECT_EQ(parse_polarity(down).value(), false) << down;
  }
  for (const char* none : {"", "n", "N", "unknown", "undecidable"}) {
    EXPECT_FALSE(parse_polarity(none).value()) << none;
  }
  EXPECT_FALSE(parse_polarity("X"));
}

TEST(EventColumns, BringAzimuthsIntoTheCircle) {
  const test::TmpDir dir;
  const CsvTable table =
      table_of(dir, "polarity,back_azimuth_deg,magnitude,distance_km\nU,-90,2.0,12.5\n,nan,,\n");
  const auto first = read_event_columns(table, 0);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->first_motion_up, true);
  EXPECT_EQ(first->back_azimuth_deg, 270.0);
  EXPECT_EQ(first->distance_km, 12.5);
  const auto second = read_event_columns(table, 1);
  ASSERT_TRUE(second);
  EXPECT_FALSE(has_scalar(*second));
}

}  // namespace
}  // namespace geod::trainer
