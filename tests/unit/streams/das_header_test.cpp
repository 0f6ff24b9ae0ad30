#include "streams/das_header.hpp"

#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace geod::streams {
namespace {

using nlohmann::json;
using testing::ElementsAre;

WireResult<DasHeader> parse(const json& header) {
  const std::string text = header.dump();
  return parse_das_header(std::as_bytes(std::span(text)));
}

json good() {
  return json::parse(R"({"v":1,"id":"XX.CABLE1","boot":7,"seq":3,"t0_ns":1562259600000000001,
    "fs":[200,1],"nt":40,"nc":1000,"dtype":"f4","order":"tc"})");
}

TEST(DasHeader, ReadsEveryKey) {
  json all = good();
  all.update(json::parse(R"({"ch0":100,"dch":2,"dx_m":4.5,"gauge_m":10,"unit":"m/m/s",
    "scale":-1.5e-9,"clock":"locked","tq":99,"mask":[[0,3],[10,11]],"crc32":4294967295,
    "comp":"lz4","raw_len":160000,"meta_rev":5})"));
  const auto header = parse(all);
  ASSERT_TRUE(header) << header.error().detail;
  EXPECT_EQ(header->boot, 7U);
  EXPECT_EQ(header->seq, 3U);
  EXPECT_EQ(to_ns(header->start), 1'562'259'600'000'000'001);
  EXPECT_EQ(header->samples, 40);
  FibreGeometry geometry;
  geometry.fibre_id = "XX.CABLE1";
  geometry.rate = *SampleRate::make(200);
  geometry.channels = 1000;
  geometry.first_channel = 100;
  geometry.channel_stride = 2;
  geometry.channel_spacing_m = 4.5;
  geometry.gauge_length_m = 10.0;
  geometry.unit = DasUnit::kStrainRate;
  geometry.scale = -1.5e-9;
  EXPECT_EQ(header->geometry, geometry);
  EXPECT_EQ(header->clock, DasClock::kLocked);
  EXPECT_EQ(header->timing_quality, 99);
  EXPECT_THAT(header->dead, ElementsAre(std::pair(0, 3), std::pair(10, 11)));
  EXPECT_EQ(header->crc32, 4294967295U);
  EXPECT_EQ(header->compression, DasCompression::kLz4);
  EXPECT_EQ(header->meta_rev, 5U);
  EXPECT_EQ(header->bytes(), 160'000U);
}

TEST(DasHeader, HasTheDefaultsOfTheFormat) {
  const auto header = parse(good());
  ASSERT_TRUE(header) << header.error().detail;
  EXPECT_EQ(header->geometry.first_channel, 0);
  EXPECT_EQ(header->geometry.channel_stride, 1);
  EXPECT_EQ(header->geometry.unit, DasUnit::kCount);
  EXPECT_EQ(header->geometry.scale, 1.0);
  EXPECT_EQ(header->geometry.channel_spacing_m, 0.0);
  EXPECT_EQ(header->clock, DasClock::kUnknown);
  EXPECT_EQ(header->compression, DasCompression::kNone);
  EXPECT_FALSE(header->crc32);
  EXPECT_FALSE(header->meta_rev);
}

TEST(DasHeader, ReadsIntegersOf64BitsFromNumbersAndDecimalStrings) {
  json text = good();
  text.update({{"boot", "18446744073709551615"}, {"seq", "9007199254740993"}});
  text["t0_ns"] = "1562259600123456789";
  text["fs"] = {"500", 3};
  const auto header = parse(text);
  ASSERT_TRUE(header) << header.error().detail;
  EXPECT_EQ(header->boot, 18446744073709551615U);
  EXPECT_EQ(header->seq, 9007199254740993U) << "2^53 + 1 does not survive a double";
  EXPECT_EQ(to_ns(header->start), 1'562'259'600'123'456'789);
  EXPECT_EQ(header->geometry.rate, *SampleRate::make(500, 3));
}

TEST(DasHeader, ReadsARateFromANumber) {
  json number = good();
  number["fs"] = 62.5;
  EXPECT_EQ(parse(number)->geometry.rate, *SampleRate::make(125, 2));
}

TEST(DasHeader, PutsTheDeadChannelsInOrder) {
  json header = good();
  header["mask"] = {{500, 600}, {0, 2}, {550, 1000}, {2, 3}};
  EXPECT_THAT(parse(header)->dead, ElementsAre(std::pair(0, 3), std::pair(500, 1000)));
}

TEST(DasHeader, IsReadBackFromWhatAPublisherWrites) {
  json all = good();
  all.update(json::parse(R"({"ch0":100,"dch":2,"dx_m":4.1,"gauge_m":10,"unit":"rad","tq":3,
    "scale":0.1,"clock":"free","mask":[[1,2]],"crc32":9,"comp":"zstd","raw_len":160000,
    "meta_rev":1,"order":"ct","dtype":"f4","fs":[1000,3]})"));
  const auto header = parse(all);
  ASSERT_TRUE(header) << header.error().detail;
  const auto again = parse(json::parse(das_header_json(*header)));
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(again->geometry, header->geometry);
  EXPECT_EQ(again->start, header->start);
  EXPECT_EQ(again->dead, header->dead);
  EXPECT_EQ(again->compression, header->compression);
  EXPECT_EQ(again->meta_rev, header->meta_rev);
  EXPECT_EQ(again->clock, header->clock);
}

TEST(DasHeader, RefusesEachRequiredKeyThatLacks) {
  for (const char* const key :
       {"v", "id", "boot", "seq", "t0_ns", "fs", "nt", "nc", "dtype", "order"}) {
    json header = good();
    header.erase(key);
    const auto parsed = parse(header);
    ASSERT_FALSE(parsed) << key;
    EXPECT_EQ(parsed.error().fault, WireFault::kHeaderValue);
    EXPECT_THAT(parsed.error().detail, testing::HasSubstr(key));
  }
}

struct BadValue {
  const char* key;
  const char* value;
};
class RefusedDasHeader : public testing::TestWithParam<BadValue> {};

TEST_P(RefusedDasHeader, NamesTheKey) {
  json header = good();
  header[GetParam().key] = json::parse(GetParam().value);
  const auto parsed = parse(header);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().fault, WireFault::kHeaderValue);
  EXPECT_THAT(parsed.error().detail, testing::HasSubstr("\""));
}

INSTANTIATE_TEST_SUITE_P(Table,
                         RefusedDasHeader,
                         testing::Values(BadValue{"v", "2"},
                                         BadValue{"v", "\"1\""},
                                         BadValue{"id", "5"},
                                         BadValue{"boot", "-1"},
                                         BadValue{"boot", "1.0"},
                                         BadValue{"seq", "18446744073709551616"},
                                         BadValue{"t0_ns", "-1"},
                                         BadValue{"t0_ns", "1e18"},
                                         BadValue{"t0_ns", "9223372036854775807"},
                                         BadValue{"fs", "0"},
                                         BadValue{"fs", "-100"},
                                         BadValue{"fs", "100001"},
                                         BadValue{"fs", "[100]"},
                                         BadValue{"fs", "[100,0]"},
                                         BadValue{"fs", "[100,1,1]"},
                                         BadValue{"fs", "[-100,-1]"},
                                         BadValue{"fs", "[18446744073709551615,1]"},
                                         BadValue{"fs", "\"100\""},
                                         BadValue{"fs", "[1,1000000]"},
                                         BadValue{"nt", "0"},
                                         BadValue{"nt", "65537"},
                                         BadValue{"nc", "0"},
                                         BadValue{"nc", "131073"},
                                         BadValue{"dtype", "\"f2\""},
                                         BadValue{"dtype", "\">f4\""},
                                         BadValue{"order", "\"TC\""},
                                         BadValue{"order", "null"},
                                         BadValue{"ch0", "-1"},
                                         BadValue{"dch", "0"},
                                         BadValue{"dx_m", "-4"},
                                         BadValue{"dx_m", "\"4\""},
                                         BadValue{"gauge_m", "1e9"},
                                         BadValue{"unit", "\"nm/m/s\""},
                                         BadValue{"scale", "0"},
                                         BadValue{"scale", "1e300"},
                                         BadValue{"clock", "\"gps\""},
                                         BadValue{"tq", "101"},
                                         BadValue{"mask", "[[3,3]]"},
                                         BadValue{"mask", "[[0,1001]]"},
                                         BadValue{"mask", "[1,2]"},
                                         BadValue{"mask", "{}"},
                                         BadValue{"crc32", "4294967296"},
                                         BadValue{"comp", "\"gzip\""},
                                         BadValue{"comp", "\"lz4\""},
                                         BadValue{"meta_rev", "-1"}));

TEST(DasHeader, RefusesABlockOfMoreBytesThanABlockMayHave) {
  json header = good();
  header.update({{"nt", 65'536}, {"nc", 131'072}, {"dtype", "f8"}});
  const auto parsed = parse(header);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().fault, WireFault::kHeaderValue);
}

TEST(DasHeader, RefusesAPackedBlockOfAnotherLengthThanItsShape) {
  json header = good();
  header.update({{"comp", "zstd"}, {"raw_len", 159'999}});
  EXPECT_FALSE(parse(header));
  header["raw_len"] = 160'000;
  EXPECT_TRUE(parse(header));
}

}  // namespace
}  // namespace geod::streams
