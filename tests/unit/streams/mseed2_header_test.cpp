#include <chrono>
#include <functional>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "streams/mseed_record.hpp"
#include "tests/support/mseed_raw.hpp"

namespace geod::streams {
namespace {

using std::chrono::microseconds;
using test::RawMseed2;

RecordHeader header_of(const RawMseed2& raw) {
  const std::vector<std::byte> bytes = raw.bytes();
  const RecordResult<RecordView> view = parse_record(bytes);
  EXPECT_TRUE(view.has_value()) << (view ? "" : view.error().what);
  return view ? view->header : RecordHeader{};
}

const Time kStart = *parse_iso("2019-07-04T17:02:55.1234Z");

TEST(Mseed2Header, ReadsTheFixedSection) {
  const RecordHeader header = header_of({});
  EXPECT_EQ(header.source_id.to_string(), "FDSN:XX_TEST_00_H_H_Z");
  EXPECT_EQ(header.start, kStart);
  EXPECT_EQ(header.rate, *SampleRate::make(100));
  EXPECT_EQ(header.samples, 16U);
  EXPECT_EQ(header.encoding, Encoding::kInt32);
  EXPECT_EQ(header.flags, RecordFlags{});
  EXPECT_EQ(header.timing_quality, -1);
  EXPECT_EQ(header.format_version, 2);
  EXPECT_EQ(header.length, 512U);
  EXPECT_EQ(header.end(), kStart + std::chrono::milliseconds{160});
}

TEST(Mseed2Header, GuessesTheHeaderOrderApartFromTheDataOrder) {
  for (const ByteOrder header_order : {ByteOrder::kBig, ByteOrder::kLittle}) {
    for (const ByteOrder payload_order : {ByteOrder::kBig, ByteOrder::kLittle}) {
      RawMseed2 raw;
      raw.header_order = header_order;
      raw.payload_order = payload_order;
      raw.b1001_microseconds = 17;
      const std::vector<std::byte> bytes = raw.bytes();
      const RecordResult<RecordView> view = parse_record(bytes);
      ASSERT_TRUE(view.has_value()) << view.error().what;
      EXPECT_EQ(view->header.start, kStart + microseconds{17});
      EXPECT_EQ(view->payload_order, payload_order);
      EXPECT_EQ(view->payload.size(), 384U);
    }
  }
}

TEST(Mseed2Header, AddsTheTimeCorrectionUnlessItIsAppliedAlready) {
  RawMseed2 raw;
  raw.correction = -12'345;  // tenths of milliseconds
  EXPECT_EQ(header_of(raw).start, kStart - microseconds{1'234'500});
  raw.activity_flags = 0x02;
  EXPECT_EQ(header_of(raw).start, kStart);
}

TEST(Mseed2Header, AddsTheMicrosecondsOfBlockette1001) {
  RawMseed2 raw;
  raw.b1001_microseconds = -50;
  raw.b1001_quality = 73;
  EXPECT_EQ(header_of(raw).start, kStart - microseconds{50});
  EXPECT_EQ(header_of(raw).timing_quality, 73);
  raw.b1001_quality = 255;
  EXPECT_EQ(header_of(raw).timing_quality, -1);
}

TEST(Mseed2Header, AddsCorrectionAndMicrosecondsTogether) {
  RawMseed2 raw;
  raw.correction = 25;
  raw.b1001_microseconds = 49;
  EXPECT_EQ(header_of(raw).start, kStart + microseconds{2'549});
}

TEST(Mseed2Header, ReadsEveryFlagGeodActsOn) {
  RawMseed2 raw;
  raw.activity_flags = 0x01;
  raw.io_flags = 0x20;
  EXPECT_EQ(header_of(raw).flags, (RecordFlags{.calibration_signal = true, .clock_locked = true}));
  const std::pair<std::uint8_t, RecordFlags> expected[] = {
      {0x01, {.saturated = true}},
      {0x02, {.saturated = true}},
      {0x04, {.spikes_or_glitches = true}},
      {0x08, {.spikes_or_glitches = true}},
      {0x10, {.missing_or_padded = true}},
      {0x20, {.telemetry_error = true}},
      {0x40, {.filter_charging = true}},
      {0x80, {.time_questionable = true}},
  };
  for (const auto& [bits, flags] : expected) {
    RawMseed2 one;
    one.quality_flags = bits;
    EXPECT_EQ(header_of(one).flags, flags) << int{bits};
  }
}

TEST(Mseed2Header, TakesTheRateOfBlockette100) {
  RawMseed2 raw;
  raw.b100_hz = 40.96F;
  EXPECT_EQ(header_of(raw).rate, *SampleRate::make(1024, 25));
}

TEST(Mseed2Header, LeapSecond60IsTheNextSecond) {
  RawMseed2 raw;
  raw.year = 2016;
  raw.day = 366;
  raw.hour = 23;
  raw.minute = 59;
  raw.second = 60;
  raw.fraction = 5000;
  EXPECT_EQ(header_of(raw).start, *parse_iso("2017-01-01T00:00:00.5Z"));
}

TEST(Mseed2Header, ARecordAcrossTheLeapSecondEndsOneSecondEarlier) {
  RawMseed2 raw;
  raw.year = 2016;
  raw.day = 366;
  raw.hour = 23;
  raw.minute = 59;
  raw.second = 50;
  raw.fraction = 0;
  raw.rate_factor = 1;
  EXPECT_EQ(header_of(raw).leap_seconds, 1);
  EXPECT_EQ(header_of(raw).end(), *parse_iso("2017-01-01T00:00:05Z"));
}

TEST(Mseed2Header, ALeapSecondFlagInAYearWithoutOneIsNotBelieved) {
  RawMseed2 raw;
  raw.activity_flags = 0x10;
  EXPECT_EQ(header_of(raw).leap_seconds, 0);
  raw.year = 2030;  // beyond the table: only the record can know
  EXPECT_EQ(header_of(raw).leap_seconds, 1);
  raw.activity_flags = 0x20;
  EXPECT_EQ(header_of(raw).leap_seconds, -1);
}

struct Gate {
  const char* name;
  RejectReason reason;
  std::function<void(RawMseed2&)> broken;
};
void PrintTo(const Gate& gate, std::ostream* out) {
  *out << gate.name;
}

class Mseed2Gate : public testing::TestWithParam<Gate> {};

TEST_P(Mseed2Gate, RefusesWithItsReason) {
  RawMseed2 raw;
  GetParam().broken(raw);
  const std::vector<std::byte> bytes = raw.bytes();
  const RecordResult<RecordView> view = parse_record(bytes);
  ASSERT_FALSE(view.has_value());
  EXPECT_EQ(to_string(view.error().reason), to_string(GetParam().reason)) << view.error().what;
}

const Gate kGates[] = {
    {"sequence", RejectReason::kNotARecord, [](RawMseed2& r) { r.sequence = "00000A"; }},
    {"quality", RejectReason::kNotARecord, [](RawMseed2& r) { r.quality = 'X'; }},
    {"year_in_neither_order", RejectReason::kNotARecord, [](RawMseed2& r) { r.year = 2101; }},
    {"day_0", RejectReason::kNotARecord, [](RawMseed2& r) { r.day = 0; }},
    {"day_367", RejectReason::kNotARecord, [](RawMseed2& r) { r.day = 367; }},
    {"hour_24", RejectReason::kNotARecord, [](RawMseed2& r) { r.hour = 24; }},
    {"minute_60", RejectReason::kNotARecord, [](RawMseed2& r) { r.minute = 60; }},
    {"second_61", RejectReason::kNotARecord, [](RawMseed2& r) { r.second = 61; }},
    {"year_1969", RejectReason::kBadTime, [](RawMseed2& r) { r.year = 1969; }},
    {"fraction_10000", RejectReason::kBadTime, [](RawMseed2& r) { r.fraction = 10'000; }},
    {"length_of_64", RejectReason::kLengthMismatch, [](RawMseed2& r) { r.length_exponent = 6; }},
    {"length_of_128_KiB", RejectReason::kTooLong, [](RawMseed2& r) { r.length_exponent = 17; }},
    {"length_shift", RejectReason::kTooLong, [](RawMseed2& r) { r.length_exponent = 200; }},
    {"shorter_than_it_says",
     RejectReason::kTruncated,
     [](RawMseed2& r) { r.length_exponent = 12; }},
    {"longer_than_it_says",
     RejectReason::kLengthMismatch,
     [](RawMseed2& r) { r.length_exponent = 8; }},
    {"chain_into_the_header",
     RejectReason::kBadBlocketteChain,
     [](RawMseed2& r) { r.first_blockette = 44; }},
    {"chain_into_the_data",
     RejectReason::kBadBlocketteChain,
     [](RawMseed2& r) { r.first_blockette = 126; }},
    {"no_chain", RejectReason::kNoBlockette1000, [](RawMseed2& r) { r.first_blockette = 0; }},
    {"second_blockette_1000",
     RejectReason::kDuplicateBlockette,
     [](RawMseed2& r) { r.second_b1000_exponent = 9; }},
    {"byte_order_2",
     RejectReason::kBadByteOrder,
     [](RawMseed2& r) { r.b1000_byte_order_offset = 1; }},
    {"data_in_the_header",
     RejectReason::kBadBlocketteChain,
     [](RawMseed2& r) {
       r.data_offset = 47;
       r.payload.clear();
     }},
    {"no_data_offset",
     RejectReason::kBadDataOffset,
     [](RawMseed2& r) {
       r.data_offset = 0;
       r.payload.clear();
     }},
    {"data_behind_the_record",
     RejectReason::kBadDataOffset,
     [](RawMseed2& r) { r.data_offset = 512; }},
    {"one_sample_too_many", RejectReason::kPayloadTooSmall, [](RawMseed2& r) { r.samples = 97; }},
    {"steim_without_a_frame",
     RejectReason::kPayloadTooSmall,
     [](RawMseed2& r) {
       r.encoding = 11;
       r.data_offset = 460;
     }},
    {"steim2_beyond_the_frames",
     RejectReason::kPayloadTooSmall,
     [](RawMseed2& r) {
       r.encoding = 11;
       r.samples = 6 * 105 - 14 + 1;
     }},
    {"int24", RejectReason::kUnsupportedEncoding, [](RawMseed2& r) { r.encoding = 2; }},
    {"steim3", RejectReason::kUnsupportedEncoding, [](RawMseed2& r) { r.encoding = 19; }},
    {"unknown_encoding", RejectReason::kUnsupportedEncoding, [](RawMseed2& r) { r.encoding = 77; }},
    {"text", RejectReason::kTextRecord, [](RawMseed2& r) { r.encoding = 0; }},
    {"no_samples", RejectReason::kNoSamples, [](RawMseed2& r) { r.samples = 0; }},
    {"rate_0", RejectReason::kBadRate, [](RawMseed2& r) { r.rate_multiplier = 0; }},
    {"rate_too_high",
     RejectReason::kBadRate,
     [](RawMseed2& r) {
       r.rate_factor = 1001;
       r.rate_multiplier = 1000;
     }},
    {"blockette_100_negative", RejectReason::kBadRate, [](RawMseed2& r) { r.b100_hz = -100.0F; }},
    {"record_of_31_years",
     RejectReason::kBadRate,
     [](RawMseed2& r) {
       r.record_bytes = 4096;
       r.length_exponent = 12;
       r.encoding = 1;
       r.samples = 1000;
       r.rate_factor = -1000;
       r.rate_multiplier = -1000;
     }},
    {"lower_case_station", RejectReason::kBadSourceId, [](RawMseed2& r) { r.station = "teST "; }},
    {"no_station", RejectReason::kBadSourceId, [](RawMseed2& r) { r.station = "     "; }},
    {"two_letter_channel", RejectReason::kBadSourceId, [](RawMseed2& r) { r.channel = "HH "; }},
    {"dashes_as_location", RejectReason::kBadSourceId, [](RawMseed2& r) { r.location = "--"; }},
    {"control_character", RejectReason::kBadSourceId, [](RawMseed2& r) { r.network = "X\n"; }},
};

INSTANTIATE_TEST_SUITE_P(Gates, Mseed2Gate, testing::ValuesIn(kGates), [](const auto& instance) {
  return std::string(instance.param.name);
});

TEST(Mseed2Header, UnprintableCodesDoNotReachTheErrorText) {
  RawMseed2 raw;
  raw.network = "X\n";
  raw.station = "\x1b[31m";
  const std::vector<std::byte> bytes = raw.bytes();
  const RecordResult<RecordView> view = parse_record(bytes);
  ASSERT_FALSE(view.has_value());
  EXPECT_TRUE(view.error().what.starts_with("X?.?[31m.00.HHZ: ")) << view.error().what;
}

TEST(Mseed2Header, ALoopInTheBlocketteChainEnds) {
  std::vector<std::byte> bytes = RawMseed2{}.bytes();
  store<std::uint16_t>(&bytes[50], 48, ByteOrder::kBig);  // blockette 1000 points to itself
  const RecordResult<RecordView> view = parse_record(bytes);
  ASSERT_FALSE(view.has_value());
  EXPECT_EQ(view.error().reason, RejectReason::kBadBlocketteChain);
}

TEST(Mseed2Header, AcceptsZerosInPlaceOfBlanks) {
  RawMseed2 raw;
  raw.sequence = std::string(6, '\0');
  raw.station = std::string("AB\0\0\0", 5);
  raw.location = std::string(2, '\0');
  EXPECT_EQ(header_of(raw).source_id.seed_id(), "XX.AB..HHZ");
}

}  // namespace
}  // namespace geod::streams
