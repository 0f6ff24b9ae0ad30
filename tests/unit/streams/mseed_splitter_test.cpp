#include "streams/mseed_splitter.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "streams/mseed_record.hpp"
#include "tests/support/mseed_raw.hpp"

namespace geod::streams {
namespace {

using test::RawMseed2;
using test::RawMseed3;
using State = RecordExtent::State;

std::vector<std::byte> joined(const std::vector<std::vector<std::byte>>& parts) {
  std::vector<std::byte> all;
  for (const std::vector<std::byte>& part : parts) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

TEST(RecordSplitter, CutsConcatenatedRecordsOfBothVersionsApart) {
  RawMseed2 longer;
  longer.record_bytes = 4096;
  longer.length_exponent = 12;
  longer.header_order = ByteOrder::kLittle;
  const std::vector<std::vector<std::byte>> parts{
      RawMseed2{}.bytes(), RawMseed3{}.bytes(), longer.bytes(), RawMseed3{}.bytes()};
  const std::vector<std::byte> all = joined(parts);
  std::span<const std::byte> rest(all);
  for (const std::vector<std::byte>& part : parts) {
    const RecordExtent extent = next_record_length(rest);
    ASSERT_EQ(extent.state, State::kComplete);
    ASSERT_EQ(extent.bytes, part.size());
    EXPECT_TRUE(parse_record(rest.first(extent.bytes)).has_value());
    rest = rest.subspan(extent.bytes);
  }
  EXPECT_TRUE(rest.empty());
}

TEST(RecordSplitter, FollowsItsOwnRequestsToTheWholeRecord) {
  for (const std::vector<std::byte>& record : {RawMseed2{}.bytes(), RawMseed3{}.bytes()}) {
    std::size_t have = 0;
    for (int requests = 0; requests < 10 && have < record.size(); ++requests) {
      const RecordExtent extent = next_record_length(std::span(record).first(have));
      ASSERT_EQ(extent.state, State::kNeedMore);
      have += extent.bytes;
      ASSERT_LE(have, record.size());
    }
    EXPECT_EQ(next_record_length(std::span(record).first(have)).state, State::kComplete);
  }
}

TEST(RecordSplitter, RefusesWhatCanBecomeNoRecord) {
  std::vector<std::byte> zeros(512);
  EXPECT_EQ(next_record_length(zeros).state, State::kNotARecord);
  RawMseed2 no_b1000;
  no_b1000.has_b1000 = false;
  no_b1000.b1001_microseconds = 0;
  EXPECT_EQ(next_record_length(no_b1000.bytes()).state, State::kNotARecord);
  RawMseed2 too_long;
  too_long.length_exponent = 17;
  EXPECT_EQ(next_record_length(too_long.bytes()).state, State::kNotARecord);
  std::vector<std::byte> version3 = RawMseed3{}.bytes();
  store<std::uint32_t>(&version3[36], 0x7FFF'FFFF, ByteOrder::kLittle);
  EXPECT_EQ(next_record_length(version3).state, State::kNotARecord);
}

TEST(RecordSplitter, FindsTheNextRecordBehindGarbage) {
  const std::vector<std::byte> record = RawMseed2{}.bytes();
  const std::vector<std::byte> all =
      joined({std::vector<std::byte>(1000), std::vector<std::byte>(77, std::byte{'0'}), record});
  EXPECT_EQ(find_record(all, 0), 1077U);
  EXPECT_EQ(find_record(all, 1077), 1077U);
  EXPECT_EQ(find_record(record, 0), 0U);
}

TEST(RecordSplitter, FindsNothingInGarbageAlone) {
  const std::vector<std::byte> garbage(3000, std::byte{0xAA});
  EXPECT_EQ(find_record(garbage, 0), garbage.size());
  EXPECT_EQ(find_record({}, 0), 0U);
}

}  // namespace
}  // namespace geod::streams
