#include "tests/support/mseed_hostile.hpp"

#include <string>

#include <gtest/gtest.h>

#include "streams/mseed_record.hpp"
#include "streams/mseed_splitter.hpp"
#include "tests/support/mseed_files.hpp"
#include "tests/support/mseed_raw.hpp"

namespace geod::streams {
namespace {

using test::HostileRecord;
using test::RawMseed2;
using test::RawMseed3;

class HostileMseed : public testing::TestWithParam<HostileRecord> {};

TEST_P(HostileMseed, IsRefusedForItsReasonOrDecodedSafely) {
  const HostileRecord& hostile = GetParam();
  const RecordResult<Record> record = decode_record(hostile.bytes);
  ASSERT_EQ(record.has_value(), !hostile.reason.has_value());
  if (hostile.reason) {
    EXPECT_EQ(record.error().reason, *hostile.reason) << record.error().what;
    EXPECT_EQ(record.error().code, errc_of(*hostile.reason));
    EXPECT_TRUE(record.error().what.starts_with("XX.TEST.00.HHZ: ")) << record.error().what;
  } else {
    EXPECT_EQ(std::get<std::vector<std::int32_t>>(record->samples).size(), 16U);
  }
}

TEST_P(HostileMseed, IsCommittedAsTheSameBytes) {
  const std::filesystem::path path = std::filesystem::path(GEOD_SOURCE_DIR) /
                                     "tests/data/mseed/hostile" / (GetParam().name + ".mseed");
  EXPECT_EQ(test::read_file(path), GetParam().bytes) << path;
}

INSTANTIATE_TEST_SUITE_P(Records,
                         HostileMseed,
                         testing::ValuesIn(test::hostile_records()),
                         [](const auto& instance) { return instance.param.name; });

TEST(HostileMseedRest, TextIsCountedAsNotDataWithoutBeingRead) {
  RawMseed2 raw;
  raw.encoding = 0;
  raw.samples = 65'535;
  const RecordResult<Record> record = decode_record(raw.bytes());
  ASSERT_FALSE(record.has_value());
  EXPECT_TRUE(is_not_data(record.error().reason));
  EXPECT_EQ(record.error().code, Errc::kUnsupported);
}

TEST(HostileMseedRest, TheSplitterSaysHowMuchOfACutRecordIsMissing) {
  std::vector<std::byte> bytes = RawMseed2{}.bytes();
  bytes.resize(300);
  const RecordExtent extent = next_record_length(bytes);
  EXPECT_EQ(extent.state, RecordExtent::State::kNeedMore);
  EXPECT_EQ(extent.bytes, 212U);
}

/// Decodes a heap copy of exactly the record's size, so that a sanitizer sees one byte too far.
void decode_exact_copy(const std::vector<std::byte>& bytes) {
  const std::vector<std::byte> copy(bytes);
  const RecordResult<Record> record = decode_record(copy);
  if (record) {
    const std::size_t samples = std::visit([](const auto& v) { return v.size(); }, record->samples);
    EXPECT_EQ(samples, record->header.samples);
  } else {
    EXPECT_FALSE(record.error().what.empty());
  }
}

std::vector<std::vector<std::byte>> one_of_each_kind() {
  RawMseed2 steim2;
  steim2.encoding = 11;
  steim2.samples = 200;
  steim2.payload = test::steim2_payload(200, 6, ByteOrder::kLittle);
  steim2.payload_order = ByteOrder::kLittle;
  steim2.b1001_microseconds = -20;
  steim2.b100_hz = 100.0F;
  RawMseed2 floats;
  floats.encoding = 4;
  floats.header_order = ByteOrder::kLittle;
  RawMseed3 version3;
  version3.encoding = 11;
  version3.samples = 100;
  version3.payload = test::steim2_payload(100, 4, ByteOrder::kBig);
  version3.extra_headers = R"({"FDSN":{"Time":{"Quality":80}}})";
  return {steim2.bytes(), floats.bytes(), RawMseed2{}.bytes(), version3.bytes()};
}

TEST(HostileMseedRest, EveryFlippedBitIsRefusedOrDecodedWithoutHarm) {
  for (std::vector<std::byte> bytes : one_of_each_kind()) {
    ASSERT_TRUE(decode_record(bytes).has_value());
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      const auto mask = static_cast<std::byte>(1U << (bit % 8));
      bytes[bit / 8] ^= mask;
      decode_exact_copy(bytes);
      bytes[bit / 8] ^= mask;
    }
  }
}

TEST(HostileMseedRest, EveryByteSetToEveryExtremeIsRefusedOrDecodedWithoutHarm) {
  for (const std::vector<std::byte>& bytes : one_of_each_kind()) {
    for (std::size_t at = 0; at < 200; ++at) {
      for (const int value : {0x00, 0x01, 0x7F, 0x80, 0xFF}) {
        std::vector<std::byte> changed = bytes;
        changed[at] = static_cast<std::byte>(value);
        decode_exact_copy(changed);
      }
    }
  }
}

TEST(HostileMseedRest, EveryFlippedBitOfAMseed3RecordIsCaughtByItsLengthsOrItsSum) {
  std::vector<std::byte> bytes = RawMseed3{}.bytes();
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    const auto mask = static_cast<std::byte>(1U << (bit % 8));
    bytes[bit / 8] ^= mask;
    EXPECT_FALSE(decode_record(bytes).has_value()) << "bit " << bit;
    bytes[bit / 8] ^= mask;
  }
}

TEST(HostileMseedRest, ARecordCutAtAnyByteIsRefusedAndAskedForMore) {
  for (const std::vector<std::byte>& bytes : one_of_each_kind()) {
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const std::vector<std::byte> cut(bytes.begin(),
                                       bytes.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_FALSE(decode_record(cut).has_value()) << size;
      const RecordExtent extent = next_record_length(cut);
      ASSERT_EQ(extent.state, RecordExtent::State::kNeedMore) << size;
      EXPECT_GT(extent.bytes, 0U);
      EXPECT_LE(size + extent.bytes, bytes.size());
    }
    EXPECT_EQ(next_record_length(bytes).state, RecordExtent::State::kComplete);
    EXPECT_EQ(next_record_length(bytes).bytes, bytes.size());
  }
}

}  // namespace
}  // namespace geod::streams
