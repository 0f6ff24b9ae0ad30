#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "streams/mseed_record.hpp"
#include "streams/sample_codecs.hpp"
#include "tests/support/mseed_raw.hpp"

namespace geod::streams {
namespace {

using test::RawMseed2;

/// Words in the given order, one after the other.
template <class Word>
std::vector<std::byte> words(const std::vector<Word>& values, ByteOrder order) {
  std::vector<std::byte> bytes(values.size() * sizeof(Word));
  for (std::size_t i = 0; i < values.size(); ++i) {
    store(&bytes[i * sizeof(Word)], values[i], order);
  }
  return bytes;
}

/// Decodes a record with that payload under each order of the header.
template <class T>
void expect_samples(Encoding encoding,
                    ByteOrder order,
                    const std::vector<std::byte>& payload,
                    const std::vector<T>& expected) {
  for (const ByteOrder header_order : {ByteOrder::kBig, ByteOrder::kLittle}) {
    RawMseed2 raw;
    raw.header_order = header_order;
    raw.payload_order = order;
    raw.encoding = static_cast<std::uint8_t>(encoding);
    raw.samples = static_cast<std::uint16_t>(expected.size());
    raw.payload = payload;
    const RecordResult<Record> record = decode_record(raw.bytes());
    ASSERT_TRUE(record.has_value()) << record.error().what;
    EXPECT_EQ(record->header.encoding, encoding);
    EXPECT_EQ(std::get<std::vector<T>>(record->samples), expected) << to_string(encoding);
  }
}

class SampleCodecs : public testing::TestWithParam<ByteOrder> {};

TEST_P(SampleCodecs, Int16) {
  const std::vector<std::uint16_t> raw{0, 1, 0xFFFF, 0x7FFF, 0x8000, 0x0102};
  const std::vector<std::int32_t> expected{0, 1, -1, 32'767, -32'768, 258};
  expect_samples(Encoding::kInt16, GetParam(), words(raw, GetParam()), expected);
  expect_samples(Encoding::kDwwssn, GetParam(), words(raw, GetParam()), expected);
}

TEST_P(SampleCodecs, Int32) {
  expect_samples<std::int32_t>(
      Encoding::kInt32,
      GetParam(),
      words<std::uint32_t>({0, 0xFFFF'FFFF, 0x7FFF'FFFF, 0x8000'0000, 0x0102'0304}, GetParam()),
      {0,
       -1,
       std::numeric_limits<std::int32_t>::max(),
       std::numeric_limits<std::int32_t>::min(),
       16'909'060});
}

TEST_P(SampleCodecs, Float32AndFloat64) {
  const std::vector<float> floats{0.0F, -0.0F, 1.5F, -3.25e-20F, 3e38F, 1e-45F};
  std::vector<std::uint32_t> bits32;
  std::vector<std::uint64_t> bits64;
  std::vector<double> doubles;
  for (const float value : floats) {
    bits32.push_back(std::bit_cast<std::uint32_t>(value));
    doubles.push_back(static_cast<double>(value) * 1e-200);
    bits64.push_back(std::bit_cast<std::uint64_t>(doubles.back()));
  }
  expect_samples(Encoding::kFloat32, GetParam(), words(bits32, GetParam()), floats);
  expect_samples(Encoding::kFloat64, GetParam(), words(bits64, GetParam()), doubles);
}

TEST_P(SampleCodecs, CdsnShiftsTheMantissaByItsGain) {
  expect_samples<std::int32_t>(
      Encoding::kCdsn,
      GetParam(),
      words<std::uint16_t>({0x1FFF, 0x2000, 0x0000, 0x6000, 0xA000, 0xE000, 0xFFFF}, GetParam()),
      {0, 1, -8191, 4, 16, 128, 8192 * 128});
}

TEST_P(SampleCodecs, SroScalesByTenMinusItsGain) {
  expect_samples<std::int32_t>(
      Encoding::kSro,
      GetParam(),
      words<std::uint16_t>({0xA001, 0xAFFF, 0xA800, 0x07FF, 0x0800, 0x9003}, GetParam()),
      {1, -1, -2048, 2047 * 1024, -2048 * 1024, 6});
}

TEST_P(SampleCodecs, GeoscopeDividesByTwoToTheExponent) {
  const std::vector<std::uint16_t> raw{0x0800, 0x0801, 0x1FFF, 0x7000, 0x8801};
  expect_samples<float>(Encoding::kGeoscope16_3,
                        GetParam(),
                        words(raw, GetParam()),
                        {0.0F, 1.0F, 2047.0F / 2, -2048.0F / 128, 1.0F});
  expect_samples<float>(Encoding::kGeoscope16_4,
                        GetParam(),
                        words(raw, GetParam()),
                        {0.0F, 1.0F, 2047.0F / 2, -2048.0F / 128, 1.0F / 256});
}

TEST_P(SampleCodecs, Geoscope24IsATwosComplementInteger) {
  std::vector<std::byte> payload;
  for (const std::uint32_t value : {0x000001U, 0xFFFFFFU, 0x800000U, 0x7FFFFFU, 0x010203U}) {
    std::vector<std::byte> four = words<std::uint32_t>({value}, GetParam());
    four.erase(GetParam() == ByteOrder::kBig ? four.begin() : four.end() - 1);
    payload.insert(payload.end(), four.begin(), four.end());
  }
  expect_samples<float>(Encoding::kGeoscope24,
                        GetParam(),
                        payload,
                        {1.0F, -1.0F, -8'388'608.0F, 8'388'607.0F, 66'051.0F});
}

TEST_P(SampleCodecs, Steim2InEitherOrder) {
  std::vector<std::int32_t> squares;
  for (std::int32_t i = 0; i < 100; ++i) {
    squares.push_back(i * i);
  }
  expect_samples(Encoding::kSteim2, GetParam(), test::steim2_payload(100, 6, GetParam()), squares);
}

TEST_P(SampleCodecs, RefusesARecordWithANonFiniteFloat) {
  for (const float bad : {std::nanf(""),
                          std::numeric_limits<float>::infinity(),
                          -std::numeric_limits<float>::infinity()}) {
    for (std::size_t place : {0U, 15U}) {
      std::vector<std::uint32_t> bits(16);
      bits[place] = std::bit_cast<std::uint32_t>(bad);
      RawMseed2 raw;
      raw.encoding = 4;
      raw.payload_order = GetParam();
      raw.payload = words(bits, GetParam());
      const RecordResult<Record> record = decode_record(raw.bytes());
      ASSERT_FALSE(record.has_value());
      EXPECT_EQ(record.error().reason, RejectReason::kNonFinite);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Orders,
                         SampleCodecs,
                         testing::Values(ByteOrder::kBig, ByteOrder::kLittle),
                         [](const auto& instance) {
                           return instance.param == ByteOrder::kBig ? "BigEndian" : "LittleEndian";
                         });

TEST(SampleCodecsRest, RefusesANonFiniteDouble) {
  RawMseed2 raw;
  raw.encoding = 5;
  raw.samples = 1;
  raw.payload = words<std::uint64_t>({std::bit_cast<std::uint64_t>(std::nan(""))}, ByteOrder::kBig);
  EXPECT_EQ(decode_record(raw.bytes()).error().reason, RejectReason::kNonFinite);
}

TEST(SampleCodecsRest, RefusesAnSroGainAboveTen) {
  RawMseed2 raw;
  raw.encoding = 30;
  raw.samples = 2;
  raw.payload = words<std::uint16_t>({0xA001, 0xB001}, ByteOrder::kBig);
  EXPECT_EQ(decode_record(raw.bytes()).error().reason, RejectReason::kBadGainRange);
}

TEST(SampleCodecsRest, AReusedRecordChangesItsSampleType) {
  Record record;
  RawMseed2 floats;
  floats.encoding = 4;
  ASSERT_TRUE(decode_record(RawMseed2{}.bytes(), record).has_value());
  EXPECT_TRUE(std::holds_alternative<std::vector<std::int32_t>>(record.samples));
  ASSERT_TRUE(decode_record(floats.bytes(), record).has_value());
  EXPECT_TRUE(std::holds_alternative<std::vector<float>>(record.samples));
  ASSERT_TRUE(decode_record(RawMseed2{}.bytes(), record).has_value());
  EXPECT_EQ(std::get<std::vector<std::int32_t>>(record.samples).back(), 15);
}

}  // namespace
}  // namespace geod::streams
