// geod's decoder against libmseed 2.19.8, sample for sample and to the microsecond.
#include "tests/support/mseed_oracle.hpp"

#include <filesystem>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "streams/mseed_reader.hpp"
#include "streams/sample_codecs.hpp"
#include "tests/support/mseed_raw.hpp"

namespace geod::streams {
namespace {

namespace fs = std::filesystem;

/// Compares every data record of a miniSEED 2 file; returns how many.
int compare_file(const fs::path& path) {
  int records = 0;
  Result<MseedReader> reader = MseedReader::open(path);
  EXPECT_TRUE(reader.has_value()) << path;
  while (auto next = reader->next()) {
    if (!*next) {
      continue;
    }
    const RecordResult<Record> record = decode_record((*next)->bytes);
    EXPECT_TRUE(record.has_value()) << record.error().what;
    EXPECT_EQ(test::difference_from_libmseed((*next)->bytes, *record), "")
        << path << " byte " << (*next)->offset;
    ++records;
  }
  return records;
}

TEST(MseedOracle, AgreesOnEveryRealRecordInTheRepository) {
  int records = 0;
  for (const fs::directory_entry& entry :
       fs::recursive_directory_iterator(fs::path(GEOD_SOURCE_DIR) / "tests/data")) {
    const std::string extension = entry.path().extension().string();
    const bool hostile = entry.path().parent_path().filename() == "hostile";
    if (!hostile && (extension == ".mseed" || extension == ".mseed2")) {
      records += compare_file(entry.path());
    }
  }
  EXPECT_GE(records, 70);
}

/// One record that libmseed packs, with random content in a random layout.
class GeneratedRecords {
 public:
  explicit GeneratedRecords(std::uint32_t seed) : random_(seed) {}

  test::PackedTrace next() {
    test::PackedTrace trace;
    constexpr std::uint8_t kEncodings[] = {1, 3, 4, 5, 10, 11};
    trace.encoding = kEncodings[random_() % std::size(kEncodings)];
    trace.header_order = random_() % 2 == 0 ? ByteOrder::kBig : ByteOrder::kLittle;
    trace.payload_order = random_() % 2 == 0 ? ByteOrder::kBig : ByteOrder::kLittle;
    trace.record_bytes = 256U << (random_() % 5);
    constexpr double kRates[] = {100.0, 200.0, 40.0, 1.0, 0.1, 1.0 / 3.0, 33.333, 40.96, 1000.0};
    trace.rate_hz = kRates[random_() % std::size(kRates)];
    // 1970 to 2037, any microsecond
    trace.start_us = std::uniform_int_distribution<std::int64_t>(0, 2'145'000'000'000'000)(random_);
    trace.samples = 1 + random_() % 600;
    trace.bits = static_cast<unsigned>(1 + random_() % (trace.encoding == 1 ? 14 : 26));
    trace.seed = static_cast<std::uint32_t>(random_());
    return trace;
  }

 private:
  std::mt19937_64 random_;
};

TEST(MseedOracle, AgreesOnTenThousandRecordsThatLibmseedPacked) {
  GeneratedRecords generated(20190704);
  int records = 0;
  std::set<std::string> kinds;
  while (records < 10'000) {
    const test::PackedTrace trace = generated.next();
    for (const std::vector<std::byte>& bytes : test::pack_with_libmseed(trace)) {
      const RecordResult<Record> record = decode_record(bytes);
      ASSERT_TRUE(record.has_value()) << record.error().what;
      ASSERT_EQ(test::difference_from_libmseed(bytes, *record), "") << trace.to_string();
      ++records;
    }
    kinds.insert(trace.kind());
  }
  EXPECT_EQ(kinds.size(), 6U * 2U * 2U) << "each encoding in each pair of byte orders";
}

TEST(MseedOracle, AgreesOnEncodingsThatOnlyOldDigitizersWrite) {
  std::mt19937 random(5);
  const Encoding encodings[] = {Encoding::kGeoscope24,
                                Encoding::kGeoscope16_3,
                                Encoding::kGeoscope16_4,
                                Encoding::kCdsn,
                                Encoding::kSro,
                                Encoding::kDwwssn};
  for (const Encoding encoding : encodings) {
    for (int round = 0; round < 200; ++round) {
      test::RawMseed2 raw;
      raw.encoding = static_cast<std::uint8_t>(encoding);
      raw.header_order = round % 2 == 0 ? ByteOrder::kBig : ByteOrder::kLittle;
      // libmseed 2.19.8 shifts little-endian GEOSCOPE 24 bit data by one byte on little-endian
      // hosts: only the order in which they are written is compared.
      raw.payload_order =
          round % 4 < 2 || encoding == Encoding::kGeoscope24 ? ByteOrder::kBig : ByteOrder::kLittle;
      raw.samples = static_cast<std::uint16_t>(1 + random() % 100);
      raw.payload.resize(384);
      for (std::byte& byte : raw.payload) {
        byte = static_cast<std::byte>(random());
      }
      if (encoding == Encoding::kSro) {  // a gain range above 10 is refused by both
        for (std::size_t i = raw.payload_order == ByteOrder::kBig ? 0 : 1; i < 384; i += 2) {
          raw.payload[i] &= std::byte{0x7F};
        }
      }
      const std::vector<std::byte> bytes = raw.bytes();
      const RecordResult<Record> record = decode_record(bytes);
      ASSERT_TRUE(record.has_value()) << record.error().what;
      ASSERT_EQ(test::difference_from_libmseed(bytes, *record), "") << to_string(encoding);
    }
  }
}

TEST(MseedOracle, AgreesOnCorrectionsFlagsAndMicroseconds) {
  std::mt19937 random(9);
  for (int round = 0; round < 500; ++round) {
    test::RawMseed2 raw;
    raw.correction = static_cast<std::int32_t>(random()) / 1000;
    raw.activity_flags = static_cast<std::uint8_t>(random() % 16);
    raw.b1001_microseconds = static_cast<std::int8_t>(random());
    raw.second = static_cast<std::uint8_t>(random() % 61);
    raw.fraction = static_cast<std::uint16_t>(random() % 10'000);
    raw.day = static_cast<std::uint16_t>(1 + random() % 366);
    raw.year = static_cast<std::uint16_t>(1971 + random() % 129);
    const std::vector<std::byte> bytes = raw.bytes();
    const RecordResult<Record> record = decode_record(bytes);
    ASSERT_TRUE(record.has_value()) << record.error().what;
    ASSERT_EQ(test::difference_from_libmseed(bytes, *record), "");
  }
}

}  // namespace
}  // namespace geod::streams
