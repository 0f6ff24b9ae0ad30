#include "streams/mseed_reader.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/support/mseed_files.hpp"
#include "tests/support/mseed_raw.hpp"

namespace geod::streams {
namespace {

using test::RawMseed2;
using test::RawMseed3;

/// Writes parts into one file that is removed at the end of the test.
class MseedReaderTest : public testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(path_); }

  MseedReader open(const std::vector<std::vector<std::byte>>& parts) {
    std::vector<std::byte> all;
    for (const std::vector<std::byte>& part : parts) {
      all.insert(all.end(), part.begin(), part.end());
    }
    test::write_file(path_, all);
    Result<MseedReader> reader = MseedReader::open(path_);
    EXPECT_TRUE(reader.has_value());
    return std::move(*reader);
  }

  const std::filesystem::path path_ =
      std::filesystem::temp_directory_path() /
      ("geod_mseed_reader_" + std::to_string(::getpid()) + "_" +
       testing::UnitTest::GetInstance()->current_test_info()->name());
};

std::vector<std::byte> record_at_minute(std::uint8_t minute) {
  RawMseed2 raw;
  raw.minute = minute;
  return raw.bytes();
}

struct Outcome {
  std::vector<std::uint64_t> offsets;
  std::vector<RejectReason> rejections;
};
Outcome read_all(MseedReader& reader) {
  Outcome outcome;
  while (auto next = reader.next()) {
    if (*next) {
      outcome.offsets.push_back((*next)->offset);
    } else {
      outcome.rejections.push_back(next->error().reason);
    }
  }
  return outcome;
}

TEST_F(MseedReaderTest, GivesTheRecordsInFileOrder) {
  MseedReader reader = open({record_at_minute(1), RawMseed3{}.bytes(), record_at_minute(2)});
  const Outcome outcome = read_all(reader);
  EXPECT_EQ(outcome.offsets, (std::vector<std::uint64_t>{0, 512, 512 + 125}));
  EXPECT_TRUE(outcome.rejections.empty());
  EXPECT_EQ(reader.position(), 512U + 125U + 512U);
  EXPECT_EQ(reader.skipped_bytes(), 0U);
}

TEST_F(MseedReaderTest, TheViewLiesInsideTheBytes) {
  MseedReader reader = open({record_at_minute(1)});
  const auto next = reader.next();
  ASSERT_TRUE(next && *next);
  const FileRecord& record = **next;
  EXPECT_EQ(record.bytes.size(), 512U);
  EXPECT_EQ(record.view.payload.data(), record.bytes.data() + 128);
  EXPECT_EQ(record.view.header.start, *parse_iso("2019-07-04T17:01:55.1234Z"));
}

TEST_F(MseedReaderTest, SkipsAZeroFilledChunkAndCountsIt) {
  MseedReader reader =
      open({record_at_minute(1), std::vector<std::byte>(300'000), record_at_minute(2)});
  const Outcome outcome = read_all(reader);
  EXPECT_EQ(outcome.offsets, (std::vector<std::uint64_t>{0, 300'512}));
  EXPECT_TRUE(outcome.rejections.empty());
  EXPECT_EQ(reader.skipped_bytes(), 300'000U);
}

TEST_F(MseedReaderTest, ZerosAtTheEndAreNoRejection) {
  MseedReader reader = open({record_at_minute(1), std::vector<std::byte>(1000)});
  const Outcome outcome = read_all(reader);
  EXPECT_EQ(outcome.offsets.size(), 1U);
  EXPECT_TRUE(outcome.rejections.empty());
  EXPECT_EQ(reader.skipped_bytes(), 1000U);
}

TEST_F(MseedReaderTest, ARefusedRecordCostsOnlyItself) {
  RawMseed2 bad_rate;
  bad_rate.rate_factor = 0;
  MseedReader reader = open({record_at_minute(1), bad_rate.bytes(), record_at_minute(2)});
  const Outcome outcome = read_all(reader);
  EXPECT_EQ(outcome.offsets, (std::vector<std::uint64_t>{0, 1024}));
  EXPECT_EQ(outcome.rejections, std::vector<RejectReason>{RejectReason::kBadRate});
}

TEST_F(MseedReaderTest, ALyingLengthDoesNotSwallowTheRecordsBehindIt) {
  RawMseed2 lying;
  lying.length_exponent = 12;  // 4096 bytes, 512 are there
  lying.year = 1950;
  std::vector<std::vector<std::byte>> parts{lying.bytes()};
  for (std::uint8_t minute = 0; minute < 11; ++minute) {
    parts.push_back(record_at_minute(minute));
  }
  parts.insert(parts.begin() + 8, std::vector<std::byte>(100, std::byte{0xEE}));
  MseedReader reader = open(parts);
  const Outcome outcome = read_all(reader);
  EXPECT_EQ(outcome.rejections, std::vector<RejectReason>{RejectReason::kBadTime});
  EXPECT_EQ(outcome.offsets.size(), 11U);
}

TEST_F(MseedReaderTest, SaysWhenTheFileEndsInsideARecord) {
  std::vector<std::byte> cut = record_at_minute(2);
  cut.resize(300);
  MseedReader reader = open({record_at_minute(1), cut});
  const Outcome outcome = read_all(reader);
  EXPECT_EQ(outcome.offsets.size(), 1U);
  EXPECT_EQ(outcome.rejections, std::vector<RejectReason>{RejectReason::kTruncated});
}

TEST_F(MseedReaderTest, ErrorsNameFileByteAndChannel) {
  RawMseed2 text;
  text.encoding = 0;
  MseedReader reader = open({record_at_minute(1), text.bytes()});
  ASSERT_TRUE(reader.next().has_value());
  const auto next = reader.next();
  ASSERT_TRUE(next && !*next);
  EXPECT_EQ(next->error().what,
            path_.string() + ": byte 512: XX.TEST.00.HHZ: a text record, not data");
}

TEST_F(MseedReaderTest, ReadsFilesLongerThanItsBuffer) {
  std::vector<std::vector<std::byte>> parts;
  for (int i = 0; i < 3000; ++i) {
    parts.push_back(i % 3 == 0 ? RawMseed3{}.bytes()
                               : record_at_minute(static_cast<std::uint8_t>(i % 60)));
  }
  MseedReader reader = open(parts);
  EXPECT_EQ(read_all(reader).offsets.size(), 3000U);
  EXPECT_EQ(reader.skipped_bytes(), 0U);
}

TEST_F(MseedReaderTest, GoesOnFromAPosition) {
  std::uint64_t position = 0;
  {
    MseedReader reader = open({record_at_minute(1), record_at_minute(2), record_at_minute(3)});
    ASSERT_TRUE(reader.next()->has_value());
    position = reader.position();
  }
  Result<MseedReader> again = MseedReader::open(path_, position);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(read_all(*again).offsets, (std::vector<std::uint64_t>{512, 1024}));
}

TEST_F(MseedReaderTest, AnEmptyFileHasNoRecords) {
  MseedReader reader = open({});
  EXPECT_FALSE(reader.next().has_value());
  EXPECT_FALSE(reader.next().has_value());
}

TEST_F(MseedReaderTest, AMissingFileAndAFolderAreErrors) {
  EXPECT_EQ(MseedReader::open(path_).error().code, Errc::kNotFound);
  EXPECT_EQ(MseedReader::open(std::filesystem::temp_directory_path()).error().code, Errc::kIo);
}

TEST_F(MseedReaderTest, OldFilesWithoutBlockette1000AreSkippedWithoutEnd) {
  Result<MseedReader> reader =
      MseedReader::open(std::filesystem::path(GEOD_SOURCE_DIR) /
                        "tests/data/mseed/libmseed/testdata-no-blockette1000-steim1.mseed2");
  ASSERT_TRUE(reader.has_value());
  EXPECT_FALSE(reader->next().has_value());
  EXPECT_EQ(reader->skipped_bytes(), 8192U);
}

}  // namespace
}  // namespace geod::streams
