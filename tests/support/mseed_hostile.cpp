#include "tests/support/mseed_hostile.hpp"

#include "tests/support/mseed_raw.hpp"

namespace geod::test {
namespace {

using streams::RejectReason;

constexpr std::uint16_t kMostSamples = 65'535;
constexpr std::uint8_t kText = 0;
constexpr std::uint8_t kSteim2 = 11;

RawMseed2 steim_record(std::uint16_t present, std::uint16_t declared) {
  RawMseed2 raw;
  raw.encoding = kSteim2;
  raw.samples = declared;
  raw.payload = steim2_payload(present, 6, ByteOrder::kBig);
  return raw;
}

std::vector<std::byte> broken_constant() {
  RawMseed2 raw = steim_record(100, 100);
  raw.payload[11] ^= std::byte{1};  // lowest bit of the reverse integration constant
  return raw.bytes();
}

std::vector<std::byte> cut(std::vector<std::byte> bytes, std::size_t size) {
  bytes.resize(size);
  return bytes;
}

}  // namespace

std::vector<HostileRecord> hostile_records() {
  RawMseed2 int32_count;
  int32_count.samples = kMostSamples;
  RawMseed2 text_count;
  text_count.encoding = kText;
  text_count.samples = kMostSamples;
  RawMseed2 two_lengths;
  two_lengths.second_b1000_exponent = 20;
  RawMseed2 no_rate;
  no_rate.rate_factor = 0;
  RawMseed2 no_b1000;
  no_b1000.has_b1000 = false;
  no_b1000.b1001_microseconds = 7;
  return {
      {"int32_count_65535", int32_count.bytes(), RejectReason::kPayloadTooSmall},
      {"text_count_65535", text_count.bytes(), RejectReason::kTextRecord},
      {"two_blockettes_1000", two_lengths.bytes(), RejectReason::kDuplicateBlockette},
      {"mseed3", RawMseed3{}.bytes(), std::nullopt},
      {"steim2_too_few", steim_record(100, 200).bytes(), RejectReason::kSteimTooShort},
      {"steim2_wrong_last", broken_constant(), RejectReason::kSteimMismatch},
      {"rate_zero", no_rate.bytes(), RejectReason::kBadRate},
      {"cut_at_300", cut(RawMseed2{}.bytes(), 300), RejectReason::kTruncated},
      {"no_blockette_1000", no_b1000.bytes(), RejectReason::kNoBlockette1000},
  };
}

}  // namespace geod::test
