#include "streams/wire_header.hpp"

#include <limits>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace geod::streams {
namespace {

WireResult<WireHeader> parse(const std::string& json) {
  return parse_wire_header(std::as_bytes(std::span(json)));
}

TEST(WireHeader, ReadsNumbersAndDecimalStringsAlike) {
  for (const char* const json :
       {R"({"boot":18446744073709551615,"seq":9007199254740993,"crc32":4294967295})",
        R"({"boot":"18446744073709551615","seq":"9007199254740993","crc32":"4294967295"})"}) {
    const auto header = parse(json);
    ASSERT_TRUE(header) << header.error().detail;
    EXPECT_EQ(header->boot, std::numeric_limits<std::uint64_t>::max());
    EXPECT_EQ(header->seq, 9007199254740993U) << "2^53 + 1 does not survive a double";
    EXPECT_EQ(header->crc32, 4294967295U);
  }
}

TEST(WireHeader, ReadsNegativeTime) {
  EXPECT_EQ(parse(R"({"now_ns":-9223372036854775808})")->now_ns,
            std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(parse(R"({"now_ns":"-5"})")->now_ns, -5);
}

TEST(WireHeader, IgnoresUnknownKeysOfAnyShape) {
  const auto header = parse(
      R"({"clock":"locked","x":[1,2.5e300,{"seq":-7}],"y":null,"z":true,"seq":3,"w":-1,"Boot":"q"})");
  ASSERT_TRUE(header) << header.error().detail;
  EXPECT_EQ(header->seq, 3U);
  EXPECT_FALSE(header->boot);
}

TEST(WireHeader, AcceptsNestingOfEightAndNotOfNine) {
  const auto nested = [](int arrays) {
    return R"({"x":)" + std::string(static_cast<std::size_t>(arrays), '[') +
           std::string(static_cast<std::size_t>(arrays), ']') + "}";
  };
  EXPECT_TRUE(parse(nested(7)));
  const auto deep = parse(nested(8));
  ASSERT_FALSE(deep);
  EXPECT_EQ(deep.error().fault, WireFault::kHeaderDepth);
}

TEST(WireHeader, SurvivesSixtyThousandBrackets) {
  const auto huge = parse(R"({"x":)" + std::string(60'000, '['));
  ASSERT_FALSE(huge);
  EXPECT_EQ(huge.error().fault, WireFault::kHeaderDepth);
}

TEST(WireHeader, AcceptsExactlyTheLargestSize) {
  const std::string frame = R"({"x":""})";
  const auto padded = [&](std::size_t size) {
    return R"({"x":")" + std::string(size - frame.size(), 'a') + R"("})";
  };
  EXPECT_TRUE(parse(padded(kMaxHeaderBytes)));
  const auto large = parse(padded(kMaxHeaderBytes + 1));
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().fault, WireFault::kHeaderTooLarge);
}

struct Hostile {
  const char* name;
  std::string json;
  WireFault fault;
};

class HostileHeader : public testing::TestWithParam<Hostile> {};

TEST_P(HostileHeader, IsRefusedForItsReason) {
  const auto header = parse(GetParam().json);
  ASSERT_FALSE(header);
  EXPECT_EQ(header.error().fault, GetParam().fault) << header.error().detail;
  EXPECT_LT(header.error().detail.size(), 400U);
  for (const char c : header.error().detail) {
    EXPECT_TRUE(c >= ' ' && c <= '~') << "details go to the log";
  }
}

INSTANTIATE_TEST_SUITE_P(
    Table,
    HostileHeader,
    testing::Values(
        Hostile{"empty", "", WireFault::kHeaderSyntax},
        Hostile{"number", "5", WireFault::kHeaderSyntax},
        Hostile{"negative", "-5", WireFault::kHeaderSyntax},
        Hostile{"text", R"("a")", WireFault::kHeaderSyntax},
        Hostile{"null", "null", WireFault::kHeaderSyntax},
        Hostile{"array", "[1]", WireFault::kHeaderSyntax},
        Hostile{"trailing", R"({"seq":1}{"seq":1})", WireFault::kHeaderSyntax},
        Hostile{"cut", R"({"seq":1)", WireFault::kHeaderSyntax},
        Hostile{"comma", R"({"seq":1,})", WireFault::kHeaderSyntax},
        Hostile{"comment", R"({"seq":1/*a*/})", WireFault::kHeaderSyntax},
        Hostile{"nan", R"({"x":NaN})", WireFault::kHeaderSyntax},
        Hostile{"infinity", R"({"x":1e999})", WireFault::kHeaderSyntax},
        Hostile{"leading_zero", R"({"seq":01})", WireFault::kHeaderSyntax},
        Hostile{"bad_utf8", "{\"x\":\"\xff\xfe\"}", WireFault::kHeaderSyntax},
        Hostile{"nul", std::string("{\"x\":\"\0\"}", 9), WireFault::kHeaderSyntax},
        Hostile{"lone_surrogate", R"({"x":"\ud800"})", WireFault::kHeaderSyntax},
        Hostile{"twice", R"({"seq":1,"seq":1})", WireFault::kHeaderDuplicateKey},
        Hostile{"twice_escaped", R"({"seq":1,"\u0073eq":1})", WireFault::kHeaderDuplicateKey},
        Hostile{"twice_below", R"({"x":{"a":1,"a":2}})", WireFault::kHeaderDuplicateKey},
        Hostile{"twice_unprintable", "{\"\\n\":1,\"\\n\":2}", WireFault::kHeaderDuplicateKey},
        Hostile{"seq_negative", R"({"seq":-1})", WireFault::kHeaderValue},
        Hostile{"seq_fraction", R"({"seq":1.0})", WireFault::kHeaderValue},
        Hostile{"seq_exponent", R"({"seq":1e3})", WireFault::kHeaderValue},
        Hostile{"seq_65_bits", R"({"seq":18446744073709551616})", WireFault::kHeaderValue},
        Hostile{"seq_text", R"({"seq":"one"})", WireFault::kHeaderValue},
        Hostile{"seq_text_sign", R"({"seq":"+1"})", WireFault::kHeaderValue},
        Hostile{"seq_text_negative", R"({"seq":"-1"})", WireFault::kHeaderValue},
        Hostile{"seq_text_space", R"({"seq":"1 "})", WireFault::kHeaderValue},
        Hostile{"seq_text_empty", R"({"seq":""})", WireFault::kHeaderValue},
        Hostile{"seq_text_65_bits", R"({"seq":"18446744073709551616"})", WireFault::kHeaderValue},
        Hostile{"seq_null", R"({"seq":null})", WireFault::kHeaderValue},
        Hostile{"seq_true", R"({"seq":true})", WireFault::kHeaderValue},
        Hostile{"seq_array", R"({"seq":[1]})", WireFault::kHeaderValue},
        Hostile{"seq_object", R"({"seq":{}})", WireFault::kHeaderValue},
        Hostile{"crc_33_bits", R"({"crc32":4294967296})", WireFault::kHeaderValue},
        Hostile{"now_65_bits", R"({"now_ns":9223372036854775808})", WireFault::kHeaderValue},
        Hostile{"version_2", R"({"v":2})", WireFault::kHeaderValue},
        Hostile{"version_text", R"({"v":"1"})", WireFault::kHeaderValue},
        Hostile{"id_number", R"({"id":1})", WireFault::kHeaderValue},
        Hostile{"id_newline", R"({"id":"a\nb"})", WireFault::kHeaderValue},
        Hostile{"reason_long",
                R"({"reason":")" + std::string(257, 'a') + R"("})",
                WireFault::kHeaderValue},
        Hostile{"long_key",
                R"({")" + std::string(5000, 'k') + R"(":1,")" + std::string(5000, 'k') + R"(":1})",
                WireFault::kHeaderDuplicateKey}),
    [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace geod::streams
