#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "streams/json_fields.hpp"

namespace geod::streams {

/// Bounds of a geod-wire header. They cap what one message can cost before it is believed.
inline constexpr std::size_t kMaxHeaderBytes = 64 * 1024;
inline constexpr std::size_t kMaxHeaderDepth = 8;

/// The keys of a geod-wire header that the miniSEED side of version 1 uses. Unknown keys are
/// ignored, whatever their value.
struct WireHeader {
  std::optional<std::string> id;  ///< must repeat the id of the topic when it is there
  std::optional<std::uint64_t> boot;
  std::optional<std::uint64_t> seq;
  std::optional<std::uint64_t> next_seq;
  std::optional<std::uint32_t> crc32;
  std::optional<std::uint64_t> queued;
  std::optional<std::uint64_t> dropped;
  std::optional<std::int64_t> now_ns;
  std::string reason;  ///< printable ASCII, at most 256 characters
};

/// Reads one JSON object, strictly: size and depth bounded, duplicate keys refused at every level,
/// 64-bit integers from a number or a decimal string and never by way of a double.
/// Rejections: kHeaderTooLarge, kHeaderSyntax, kHeaderDepth, kHeaderDuplicateKey, kHeaderValue.
WireResult<WireHeader> parse_wire_header(std::span<const std::byte> json);

/// Where a header repeats the version it must be 1, a number.
void check_wire_version(FieldReader& reader);

}  // namespace geod::streams
