#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "streams/byte_order.hpp"
#include "streams/record.hpp"

namespace geod::test {

/// Compares a record that geod decoded with what libmseed 2.19.8 makes of the same bytes: codes,
/// start to the microsecond, rate, every sample. Empty when they agree, else the first difference.
/// Only for valid miniSEED 2 records: libmseed must not see hostile ones.
std::string difference_from_libmseed(std::span<const std::byte> bytes,
                                     const streams::Record& record);

/// What pack_with_libmseed packs: a random walk with steps of `bits` bits from `seed`.
struct PackedTrace {
  std::uint8_t encoding = 11;  ///< 1, 3, 4, 5, 10 or 11
  streams::ByteOrder header_order = streams::ByteOrder::kBig;
  streams::ByteOrder payload_order = streams::ByteOrder::kBig;
  std::uint32_t record_bytes = 512;
  double rate_hz = 100.0;
  std::int64_t start_us = 0;  ///< since 1970
  std::size_t samples = 100;
  unsigned bits = 8;
  std::uint32_t seed = 1;

  std::string kind() const;       ///< encoding and byte orders
  std::string to_string() const;  ///< all of it
};

/// The records that libmseed 2.19.8 writes for the trace. Not thread-safe: the byte orders are
/// process-wide settings of libmseed.
std::vector<std::vector<std::byte>> pack_with_libmseed(const PackedTrace& trace);

}  // namespace geod::test
