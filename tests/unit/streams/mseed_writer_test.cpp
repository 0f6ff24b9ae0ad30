#include "streams/mseed_writer.hpp"

#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include <gtest/gtest.h>

#include "streams/mseed_record.hpp"
#include "streams/mseed_splitter.hpp"
#include "tests/support/mseed_oracle.hpp"

namespace geod::streams {
namespace {

RecordHeader trace_header(Encoding encoding) {
  RecordHeader header;
  header.source_id = *SourceId::from_seed("XX", "TEST", "00", "HHZ");
  header.start = *parse_iso("2019-07-04T17:02:55.123456Z");
  header.rate = *SampleRate::make(100);
  header.encoding = encoding;
  header.timing_quality = 90;
  header.flags.clock_locked = true;
  return header;
}

std::vector<std::int32_t> walk(std::size_t samples, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> step(0.0, 300.0);
  std::vector<std::int32_t> values(samples);
  double value = 0.0;
  for (std::int32_t& sample : values) {
    value += step(random);
    sample = static_cast<std::int32_t>(value);
  }
  return values;
}

/// Decodes what was written, checks it against libmseed, and puts the samples together again.
template <class T>
std::vector<T> read_back(const std::vector<std::byte>& bytes, const RecordHeader& expected) {
  std::vector<T> all;
  std::span<const std::byte> rest(bytes);
  while (!rest.empty()) {
    const RecordExtent extent = next_record_length(rest);
    EXPECT_EQ(extent.state, RecordExtent::State::kComplete);
    const std::span<const std::byte> one = rest.first(extent.bytes);
    const RecordResult<Record> record = decode_record(one);
    EXPECT_TRUE(record.has_value()) << record.error().what;
    EXPECT_EQ(test::difference_from_libmseed(one, *record), "");
    EXPECT_EQ(record->header.source_id, expected.source_id);
    EXPECT_EQ(record->header.rate, expected.rate);
    EXPECT_EQ(record->header.flags, expected.flags);
    EXPECT_EQ(record->header.timing_quality, expected.timing_quality);
    const Time start =
        expected.start + expected.rate.span_of(static_cast<std::int64_t>(all.size()));
    EXPECT_LE(std::chrono::abs(record->header.start - start), Duration{500});
    const auto& samples = std::get<std::vector<T>>(record->samples);
    all.insert(all.end(), samples.begin(), samples.end());
    rest = rest.subspan(extent.bytes);
  }
  return all;
}

TEST(MseedWriter, WritesWhatItAndLibmseedReadBackInEveryOrderAndLength) {
  const std::vector<std::int32_t> integers = walk(5000, 3);
  const std::vector<float> floats(integers.begin(), integers.end());
  for (const ByteOrder header_order : {ByteOrder::kBig, ByteOrder::kLittle}) {
    for (const ByteOrder payload_order : {ByteOrder::kBig, ByteOrder::kLittle}) {
      for (const std::uint32_t record_bytes : {256U, 512U, 4096U, 65'536U}) {
        const Mseed2Layout layout{.record_bytes = record_bytes,
                                  .header_order = header_order,
                                  .payload_order = payload_order};
        for (const Encoding encoding : {Encoding::kSteim2, Encoding::kInt32}) {
          const RecordHeader header = trace_header(encoding);
          const auto bytes = write_mseed2(header, integers, layout);
          ASSERT_TRUE(bytes.has_value()) << bytes.error().what;
          EXPECT_EQ(read_back<std::int32_t>(*bytes, header), integers);
        }
        const RecordHeader header = trace_header(Encoding::kFloat32);
        const auto bytes = write_mseed2(header, floats, layout);
        ASSERT_TRUE(bytes.has_value()) << bytes.error().what;
        EXPECT_EQ(read_back<float>(*bytes, header), floats);
      }
    }
  }
}

TEST(MseedWriter, KeepsEveryRateItAccepts) {
  const std::pair<std::int64_t, std::int64_t> rates[] = {{100, 1},
                                                         {1, 10},
                                                         {1, 86'400},
                                                         {200, 3},
                                                         {1024, 25},
                                                         {50'000, 1},
                                                         {1, 3},
                                                         {3, 7},
                                                         {40'000, 3},
                                                         {33'333, 1000},
                                                         {999'987, 10'000}};
  for (const auto& [numerator, denominator] : rates) {
    RecordHeader header = trace_header(Encoding::kInt32);
    header.rate = *SampleRate::make(numerator, denominator);
    const std::vector<std::int32_t> samples = walk(300, 4);
    const auto bytes = write_mseed2(header, samples);
    ASSERT_TRUE(bytes.has_value()) << bytes.error().what;
    EXPECT_EQ(read_back<std::int32_t>(*bytes, header), samples) << header.rate.to_string();
  }
}

TEST(MseedWriter, KeepsEveryMicrosecondOfTheStart) {
  const std::vector<std::int32_t> samples{1, 2, 3};
  for (int microsecond = 0; microsecond < 250; ++microsecond) {
    RecordHeader header = trace_header(Encoding::kInt32);
    header.start = *parse_iso("2019-12-31T23:59:59.9998Z") + std::chrono::microseconds{microsecond};
    const auto bytes = write_mseed2(header, samples);
    ASSERT_TRUE(bytes.has_value());
    EXPECT_EQ(decode_record(*bytes)->header.start, header.start);
    read_back<std::int32_t>(*bytes, header);
  }
}

TEST(MseedWriter, KeepsTheFlags) {
  RecordHeader header = trace_header(Encoding::kInt32);
  header.flags = {true, true, true, true, true, true, true, true};
  const auto bytes = write_mseed2(header, std::vector<std::int32_t>{1, 2, 3});
  ASSERT_TRUE(bytes.has_value());
  EXPECT_EQ(decode_record(*bytes)->header.flags, header.flags);
}

TEST(MseedWriter, CountsTheSequenceOnAndOver) {
  const auto bytes = write_mseed2(trace_header(Encoding::kInt32),
                                  walk(300, 1),
                                  {.record_bytes = 512, .first_sequence = 999'999});
  ASSERT_TRUE(bytes.has_value());
  const std::string_view text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  EXPECT_EQ(text.substr(0, 6), "999999");
  EXPECT_EQ(text.substr(512, 6), "000000");
}

TEST(MseedWriter, RefusesWhatTheFormatCannotHold) {
  const Samples integers = std::vector<std::int32_t>{1, 2, 3};
  const auto code_of = [](const auto& result) {
    return result.has_value() ? std::optional<Errc>{} : std::optional{result.error().code};
  };
  RecordHeader header = trace_header(Encoding::kInt32);
  header.source_id.station = "TOOLONG";
  EXPECT_EQ(code_of(write_mseed2(header, integers)), Errc::kUnsupported);

  header = trace_header(Encoding::kInt32);
  header.rate = *SampleRate::make(123'456'789, 1'000'000);
  EXPECT_EQ(code_of(write_mseed2(header, integers)), Errc::kUnsupported);

  header = trace_header(Encoding::kInt32);
  EXPECT_EQ(code_of(write_mseed2(header, integers, {.record_bytes = 500})), Errc::kUnsupported);
  EXPECT_EQ(code_of(write_mseed2(header, std::vector<float>{1.0F})), Errc::kUnsupported);
  EXPECT_EQ(code_of(write_mseed2(header, std::vector<std::int32_t>{})), Errc::kUnsupported);
  header.start = *parse_iso("1960-01-01");
  EXPECT_EQ(code_of(write_mseed2(header, integers)), Errc::kUnsupported);

  EXPECT_EQ(code_of(write_mseed2(trace_header(Encoding::kFloat32),
                                 std::vector<float>{1.0F, std::nanf("")})),
            Errc::kUnsupported);
  EXPECT_EQ(code_of(write_mseed2(trace_header(Encoding::kFloat32), integers)), Errc::kUnsupported);
  EXPECT_EQ(
      code_of(write_mseed2(trace_header(Encoding::kSteim2), std::vector<std::int32_t>{0, 1 << 30})),
      Errc::kUnsupported);
  EXPECT_EQ(code_of(write_mseed2(trace_header(Encoding::kSteim1), integers)), Errc::kUnsupported);
}

}  // namespace
}  // namespace geod::streams
