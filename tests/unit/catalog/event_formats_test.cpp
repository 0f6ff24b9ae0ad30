// The text and GeoJSON formats of events.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "catalog/clean_text.hpp"
#include "catalog/event_text.hpp"
#include "catalog/geojson.hpp"
#include "tests/support/event_fixture.hpp"

namespace geod::catalog {
namespace {

TEST(EventText, GivesALineAsFdsnServicesDo) {
  EXPECT_EQ(event_text_line(automatic_event(), {"XX", "geod"}),
            "0123456789abcdef|2019-07-04T17:02:55.340123|35.70810|-117.50420|10.600|XX|geod|XX|"
            "0123456789abcdef|ML|3.98|XX||earthquake\n");
}

TEST(EventText, PrefersTheReview) {
  EXPECT_EQ(event_text_line(reviewed_event(), {"XX", "geod"}),
            "0123456789abcdef|2019-07-04T17:02:55.340000|35.70800|-117.50400|10.600|an analyst|"
            "geod|XX|0123456789abcdef|Mw|4.05|CI|14 km SW of Searles Valley, CA|earthquake\n");
}

TEST(EventText, HasAsManyFieldsAsItsHeaderWhateverTheTexts) {
  storage::StoredEvent stored = reviewed_event();
  stored.reviewed.front().description = "a|b\nc\x01";
  stored.reviewed.front().author = "x|y";
  stored.reviewed.front().depth_km.reset();
  stored.reviewed.front().magnitudes.clear();
  stored.event.magnitudes.clear();
  const std::string line = event_text_line(stored, {"XX", "geod"});
  const std::string header = event_text_header();
  EXPECT_EQ(std::count(line.begin(), line.end(), '|'),
            std::count(header.begin(), header.end(), '|'));
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
}

TEST(GeojsonWriter, WritesOneValidCollection) {
  GeojsonWriter writer("XX");
  storage::StoredEvent odd = reviewed_event();
  odd.reviewed.front().description = "\"\x01\xff\n";
  odd.reviewed.front().depth_km.reset();
  std::string text = writer.header(at("2026-11-22"));
  text += writer.feature(automatic_event());
  text += writer.feature(odd);
  text += writer.footer();
  const auto all = nlohmann::json::parse(text);
  ASSERT_EQ(all["features"].size(), 2);
  const auto& first = all["features"][0];
  EXPECT_EQ(first["id"], "0123456789abcdef");
  EXPECT_EQ(first["geometry"]["coordinates"], nlohmann::json::array({-117.5042, 35.7081, 10.6}));
  EXPECT_EQ(first["properties"]["mag"], 3.98);
  EXPECT_EQ(first["properties"]["time"], 1562259775340);
  EXPECT_EQ(first["properties"]["status"], "automatic");
  EXPECT_EQ(first["properties"]["place"], nullptr);
  EXPECT_EQ(first["properties"]["geod"]["quality"], "B");
  const auto& second = all["features"][1];
  EXPECT_EQ(second["geometry"]["coordinates"].size(), 2);
  EXPECT_EQ(second["properties"]["status"], "reviewed");
  EXPECT_EQ(second["properties"]["magType"], "Mw");
}

TEST(GeojsonWriter, WritesAnEmptyCollection) {
  GeojsonWriter writer("");
  const auto all = nlohmann::json::parse(writer.header(at("2026-11-22")) + writer.footer());
  EXPECT_TRUE(all["features"].empty());
}

TEST(CleanText, KeepsWholeCharactersAndReplacesAllElse) {
  const std::string bad = "\xEF\xBF\xBD";
  EXPECT_EQ(clean_text("caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x8C\x8D\t\n"),
            "caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x8C\x8D\t\n");
  EXPECT_EQ(clean_text(std::string("\0", 1)), bad);
  EXPECT_EQ(clean_text("\xC0\xAF"), bad + bad);            // overlong
  EXPECT_EQ(clean_text("\xED\xA0\x80"), bad + bad + bad);  // surrogate
  EXPECT_EQ(clean_text("\xEF\xBF\xBE"), bad + bad + bad);  // U+FFFE
  EXPECT_EQ(clean_text("\xF5\x80\x80\x80"), bad + bad + bad + bad);
  EXPECT_EQ(clean_text("end\xE2\x82"), "end" + bad + bad);
}

}  // namespace
}  // namespace geod::catalog
