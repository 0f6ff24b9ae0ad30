#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "streams/byte_order.hpp"

namespace geod::test {

using streams::ByteOrder;

/// A miniSEED 2 record field by field, for tests that set one to nonsense: nothing is checked. The
/// default is a valid record of 16 INT32 samples (0, 1, 2, ...) of XX.TEST.00.HHZ at 100 Hz.
struct RawMseed2 {
  std::size_t record_bytes = 512;
  std::uint8_t length_exponent = 9;
  ByteOrder header_order = ByteOrder::kBig;
  ByteOrder payload_order = ByteOrder::kBig;
  std::string sequence = "000001";
  char quality = 'D';
  std::string network = "XX";
  std::string station = "TEST ";
  std::string location = "00";
  std::string channel = "HHZ";
  std::uint16_t year = 2019;
  std::uint16_t day = 185;
  std::uint8_t hour = 17;
  std::uint8_t minute = 2;
  std::uint8_t second = 55;
  std::uint16_t fraction = 1234;
  std::uint16_t samples = 16;
  std::int16_t rate_factor = 100;
  std::int16_t rate_multiplier = 1;
  std::uint8_t activity_flags = 0;
  std::uint8_t io_flags = 0;
  std::uint8_t quality_flags = 0;
  std::int32_t correction = 0;
  std::uint16_t data_offset = 128;
  std::uint16_t first_blockette = 48;
  std::uint8_t encoding = 3;
  std::uint8_t b1000_byte_order_offset = 0;  ///< added to the byte order field, to break it
  bool has_b1000 = true;
  std::optional<std::uint8_t> second_b1000_exponent;
  std::optional<std::int8_t> b1001_microseconds;
  std::uint8_t b1001_quality = 100;
  std::optional<float> b100_hz;
  std::vector<std::byte> payload = counting_payload();

  /// 16 big-endian INT32 samples 0, 1, 2, ...
  static std::vector<std::byte> counting_payload();
  std::vector<std::byte> bytes() const;
};

/// A miniSEED 3 record field by field; nothing is checked but the sum, which is right unless
/// `crc_error` is set. The default holds 16 INT32 samples of FDSN:XX_TEST_00_H_H_Z at 100 Hz.
struct RawMseed3 {
  std::uint8_t flags = 0;
  std::uint32_t nanosecond = 123'456'789;
  std::uint16_t year = 2019;
  std::uint16_t day = 185;
  std::uint8_t hour = 17;
  std::uint8_t minute = 2;
  std::uint8_t second = 55;
  std::uint8_t encoding = 3;
  double rate = 100.0;
  std::uint32_t samples = 16;
  std::uint8_t publication = 1;
  std::string source_id = "FDSN:XX_TEST_00_H_H_Z";
  std::string extra_headers;
  std::vector<std::byte> payload = counting_payload();
  std::uint32_t crc_error = 0;

  /// 16 little-endian INT32 samples 0, 1, 2, ...
  static std::vector<std::byte> counting_payload();
  std::vector<std::byte> bytes() const;
};

/// Steim-2 frames of the samples 0, 1, 4, 9, ... : `samples` of them in `frames` 64-byte frames.
std::vector<std::byte> steim2_payload(std::size_t samples, std::size_t frames, ByteOrder order);

}  // namespace geod::test
