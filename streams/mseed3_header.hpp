#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "streams/mseed_record.hpp"
#include "streams/mseed_splitter.hpp"

namespace geod::streams {

inline constexpr std::size_t kMseed3FixedBytes = 40;

/// True while nothing in `bytes` (any number of them) rules out a miniSEED 3 header.
bool may_be_mseed3(std::span<const std::byte> bytes);

/// As next_record_length, for bytes that may be miniSEED 3.
RecordExtent mseed3_extent(std::span<const std::byte> bytes);

/// As parse_record, for miniSEED 3: little-endian header, integers and floats, big-endian Steim.
/// The check sum is verified before anything but the lengths is believed.
RecordResult<void> parse_mseed3(std::span<const std::byte> bytes, RecordView& view);

/// The source identifier as written, unprintable characters as '?'. Needs the fixed header; cut to
/// what is there.
std::string mseed3_name(std::span<const std::byte> bytes);

}  // namespace geod::streams
