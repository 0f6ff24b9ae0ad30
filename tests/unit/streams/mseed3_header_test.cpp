#include <filesystem>
#include <functional>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "streams/mseed_reader.hpp"
#include "streams/mseed_record.hpp"
#include "streams/mseed_splitter.hpp"
#include "tests/support/mseed_raw.hpp"

namespace geod::streams {
namespace {

using test::RawMseed3;

RecordHeader header_of(const RawMseed3& raw) {
  const std::vector<std::byte> bytes = raw.bytes();
  const RecordResult<RecordView> view = parse_record(bytes);
  EXPECT_TRUE(view.has_value()) << (view ? "" : view.error().what);
  return view ? view->header : RecordHeader{};
}

TEST(Mseed3Header, ReadsTheFixedSectionToTheNanosecond) {
  RawMseed3 raw;
  raw.flags = 0x06;
  const RecordHeader header = header_of(raw);
  EXPECT_EQ(header.source_id.to_string(), "FDSN:XX_TEST_00_H_H_Z");
  EXPECT_EQ(header.start, *parse_iso("2019-07-04T17:02:55.123456789Z"));
  EXPECT_EQ(header.rate, *SampleRate::make(100));
  EXPECT_EQ(header.samples, 16U);
  EXPECT_EQ(header.flags, (RecordFlags{.time_questionable = true, .clock_locked = true}));
  EXPECT_EQ(header.timing_quality, -1);
  EXPECT_EQ(header.format_version, 3);
}

TEST(Mseed3Header, ReadsANegativeRateAsAPeriod) {
  RawMseed3 raw;
  raw.rate = -3.0;
  EXPECT_EQ(header_of(raw).rate, *SampleRate::make(1, 3));
  raw.rate = -0.015;
  EXPECT_EQ(header_of(raw).rate, *SampleRate::make(200, 3));
}

TEST(Mseed3Header, KeepsCodesLongerThanSeed) {
  RawMseed3 raw;
  raw.source_id = "FDSN:XX2002_STATION8_LOC-0001_H_STRAIN_1";
  const SourceId id = header_of(raw).source_id;
  EXPECT_EQ(id.network, "XX2002");
  EXPECT_EQ(id.station, "STATION8");
  EXPECT_EQ(id.location, "LOC-0001");
  EXPECT_EQ(id.source, "STRAIN");
}

TEST(Mseed3Header, TakesQualityFlagsAndLeapSecondsFromTheExtraHeaders) {
  RawMseed3 raw;
  raw.year = 2030;
  raw.extra_headers = R"({"FDSN":{"Time":{"Quality":87,"Correction":1.5,"LeapSecond":-1},)"
                      R"("Flags":{"DigitizerClipping":true,"Glitches":true,"MissingData":true,)"
                      R"("TelemetrySyncError":true,"FilterCharging":true,"Spikes":false}},)"
                      R"("Vendor":{"Time":{"Quality":3}}})";
  const RecordHeader header = header_of(raw);
  EXPECT_EQ(header.timing_quality, 87);
  EXPECT_EQ(header.leap_seconds, -1);
  EXPECT_EQ(header.start, *parse_iso("2030-07-04T17:02:55.123456789Z"))
      << "the correction is in the start time already";
  EXPECT_EQ(header.flags,
            (RecordFlags{.saturated = true,
                         .spikes_or_glitches = true,
                         .missing_or_padded = true,
                         .telemetry_error = true,
                         .filter_charging = true}));
}

TEST(Mseed3Header, LooksForTheReservedKeysAtTheirPlaceOnly) {
  for (const char* elsewhere : {R"({"Quality":50})",
                                R"({"FDSN":{"Quality":50}})",
                                R"({"Time":{"Quality":50}})",
                                R"({"A":{"FDSN":{"Time":{"Quality":50}}}})",
                                R"({"FDSN":{"Time":{"X":{"Quality":50}}}})",
                                R"({"FDSN":{"Time":[{"Quality":50}]}})",
                                R"({"FDSN":{"Time":{}},"Quality":50})",
                                R"({"FDSN":{"Time":{"Quality":101}}})",
                                R"({"FDSN":{"Time":{"Quality":-1}}})",
                                R"({"FDSN":{"Time":{"Quality":"50"}}})"}) {
    RawMseed3 raw;
    raw.extra_headers = elsewhere;
    EXPECT_EQ(header_of(raw).timing_quality, -1) << elsewhere;
  }
}

TEST(Mseed3Header, DeeplyNestedExtraHeadersAreNoDanger) {
  RawMseed3 raw;
  const std::size_t depth = 8000;
  raw.extra_headers = R"({"a":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
  EXPECT_EQ(header_of(raw).samples, 16U);
}

struct Gate {
  const char* name;
  RejectReason reason;
  std::function<void(RawMseed3&)> broken;
};
void PrintTo(const Gate& gate, std::ostream* out) {
  *out << gate.name;
}

class Mseed3Gate : public testing::TestWithParam<Gate> {};

TEST_P(Mseed3Gate, RefusesWithItsReason) {
  RawMseed3 raw;
  GetParam().broken(raw);
  const std::vector<std::byte> bytes = raw.bytes();
  const RecordResult<RecordView> view = parse_record(bytes);
  ASSERT_FALSE(view.has_value());
  EXPECT_EQ(to_string(view.error().reason), to_string(GetParam().reason)) << view.error().what;
}

const Gate kGates[] = {
    {"check_sum", RejectReason::kBadCrc, [](RawMseed3& r) { r.crc_error = 1; }},
    {"second_61", RejectReason::kNotARecord, [](RawMseed3& r) { r.second = 61; }},
    {"year_1900", RejectReason::kBadTime, [](RawMseed3& r) { r.year = 1900; }},
    {"year_2101", RejectReason::kBadTime, [](RawMseed3& r) { r.year = 2101; }},
    {"day_0", RejectReason::kBadTime, [](RawMseed3& r) { r.day = 0; }},
    {"a_billion_nanoseconds",
     RejectReason::kBadTime,
     [](RawMseed3& r) { r.nanosecond = 1'000'000'000; }},
    {"rate_0", RejectReason::kBadRate, [](RawMseed3& r) { r.rate = 0.0; }},
    {"rate_nan", RejectReason::kBadRate, [](RawMseed3& r) { r.rate = std::nan(""); }},
    {"rate_too_high", RejectReason::kBadRate, [](RawMseed3& r) { r.rate = 1.1e6; }},
    {"too_many_samples", RejectReason::kPayloadTooSmall, [](RawMseed3& r) { r.samples = 17; }},
    {"four_billion_samples",
     RejectReason::kPayloadTooSmall,
     [](RawMseed3& r) { r.samples = 0xFFFF'FFFF; }},
    {"no_samples", RejectReason::kNoSamples, [](RawMseed3& r) { r.samples = 0; }},
    {"text", RejectReason::kTextRecord, [](RawMseed3& r) { r.encoding = 0; }},
    {"opaque", RejectReason::kUnsupportedEncoding, [](RawMseed3& r) { r.encoding = 100; }},
    {"foreign_source_id",
     RejectReason::kBadSourceId,
     [](RawMseed3& r) { r.source_id = "XFDSN:XX_TEST_00_H_H_Z"; }},
    {"no_source_id", RejectReason::kBadSourceId, [](RawMseed3& r) { r.source_id = ""; }},
    {"json_cut",
     RejectReason::kBadExtraHeaders,
     [](RawMseed3& r) { r.extra_headers = R"({"FDSN":{"Time":)"; }},
    {"json_array", RejectReason::kBadExtraHeaders, [](RawMseed3& r) { r.extra_headers = "[1]"; }},
    {"json_number", RejectReason::kBadExtraHeaders, [](RawMseed3& r) { r.extra_headers = "7"; }},
    {"json_then_more",
     RejectReason::kBadExtraHeaders,
     [](RawMseed3& r) { r.extra_headers = "{}{}"; }},
    {"json_not_utf8",
     RejectReason::kBadExtraHeaders,
     [](RawMseed3& r) { r.extra_headers = "{\"\xff\":1}"; }},
    {"json_too_long",
     RejectReason::kTooLong,
     [](RawMseed3& r) { r.extra_headers = "{" + std::string(16 * 1024, ' ') + "}"; }},
    {"payload_too_long", RejectReason::kTooLong, [](RawMseed3& r) { r.payload.resize(65'536); }},
};

INSTANTIATE_TEST_SUITE_P(Gates, Mseed3Gate, testing::ValuesIn(kGates), [](const auto& instance) {
  return std::string(instance.param.name);
});

TEST(Mseed3Header, TheLongestRecordAllowedIsRead) {
  RawMseed3 raw;
  raw.payload.resize(65'536 - 40 - raw.source_id.size());
  const std::vector<std::byte> bytes = raw.bytes();
  EXPECT_EQ(next_record_length(bytes).bytes, 65'536U);
  EXPECT_TRUE(decode_record(bytes).has_value());
}

/// Samples and start of all records of a file, put together.
struct Series {
  Time start;
  std::vector<double> samples;
  RecordHeader first;
};
Series read_series(const std::string& name) {
  const std::filesystem::path path =
      std::filesystem::path(GEOD_SOURCE_DIR) / "tests/data/mseed/libmseed" / name;
  Series series;
  Result<MseedReader> reader = MseedReader::open(path);
  EXPECT_TRUE(reader.has_value()) << path;
  while (auto next = reader->next()) {
    EXPECT_TRUE(next->has_value()) << (*next ? "" : next->error().what);
    const RecordView& view = (*next)->view;
    if (series.samples.empty()) {
      series.first = view.header;
    }
    Samples samples;
    EXPECT_TRUE(decode_samples(view, samples).has_value());
    std::visit(
        [&](const auto& values) {
          series.samples.insert(series.samples.end(), values.begin(), values.end());
        },
        samples);
  }
  return series;
}

class Mseed3Reference : public testing::TestWithParam<const char*> {};

TEST_P(Mseed3Reference, HoldsTheSameSeriesAsVersion2) {
  const Series two = read_series(std::string(GetParam()) + ".mseed2");
  const Series three = read_series(std::string(GetParam()) + ".mseed3");
  ASSERT_FALSE(three.samples.empty());
  EXPECT_EQ(two.samples, three.samples);
  EXPECT_EQ(two.first.source_id, three.first.source_id);
  EXPECT_LE(std::chrono::abs(two.first.start - three.first.start), std::chrono::microseconds{1});
  EXPECT_EQ(three.first.format_version, 3);
}

INSTANTIATE_TEST_SUITE_P(Files,
                         Mseed3Reference,
                         testing::Values("reference-testdata-int16",
                                         "reference-testdata-int32",
                                         "reference-testdata-float32",
                                         "reference-testdata-float64",
                                         "reference-testdata-steim1",
                                         "reference-testdata-steim2",
                                         "reference-testdata-nsec",
                                         "testdata-oneseries-mixedlengths-mixedorder"));

TEST(Mseed3Reference, AnOddRateIsTheSameInBothVersions) {
  const Series two = read_series("reference-testdata-oddrate.mseed2");
  const Series three = read_series("reference-testdata-oddrate.mseed3");
  EXPECT_NEAR(two.first.rate.hz() / three.first.rate.hz(), 1.0, 6e-8);
  EXPECT_EQ(two.samples, three.samples);
}

TEST(Mseed3Reference, TextAndHeaderOnlyRecordsAreNotData) {
  for (const char* name : {"reference-testdata-text.mseed3",
                           "reference-testdata-headeronly.mseed3",
                           "reference-testdata-text.mseed2",
                           "reference-testdata-headeronly.mseed2"}) {
    Result<MseedReader> reader = MseedReader::open(std::filesystem::path(GEOD_SOURCE_DIR) /
                                                   "tests/data/mseed/libmseed" / name);
    ASSERT_TRUE(reader.has_value());
    const auto next = reader->next();
    ASSERT_TRUE(next.has_value() && !next->has_value()) << name;
    EXPECT_TRUE(is_not_data(next->error().reason)) << name;
    EXPECT_FALSE(reader->next().has_value());
    EXPECT_EQ(reader->skipped_bytes(), 0U);
  }
}

}  // namespace
}  // namespace geod::streams
