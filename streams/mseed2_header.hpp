#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "streams/mseed_record.hpp"
#include "streams/mseed_splitter.hpp"

namespace geod::streams {

inline constexpr std::size_t kMseed2FixedBytes = 48;

/// True while nothing in `bytes` (any number of them) rules out the fixed section of a miniSEED 2
/// record: digits, blanks or zeros as sequence number, a data quality letter, a civil start time.
bool may_be_mseed2(std::span<const std::byte> bytes);

/// As next_record_length, for bytes that may be miniSEED 2.
RecordExtent mseed2_extent(std::span<const std::byte> bytes);

/// As parse_record, for miniSEED 2. The byte order of the header is the one in which year and day
/// make sense; that of the samples is blockette 1000's.
RecordResult<void> parse_mseed2(std::span<const std::byte> bytes, RecordView& view);

/// "NET.STA.LOC.CHA" as written, unprintable characters as '?'. Needs the fixed section.
std::string mseed2_name(std::span<const std::byte> bytes);

}  // namespace geod::streams
