#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/das_block.hpp"
#include "streams/wire_header.hpp"

namespace geod::streams {

/// How the samples of a block are packed.
enum class DasCompression : std::uint8_t { kNone, kLz4, kZstd };

/// Bounds of a block. Channels, samples and rate as in geod-wire 1; the rest keeps the arithmetic
/// of times and sizes far from its limits.
inline constexpr std::int64_t kMaxBlockSamples = 65'536;
inline constexpr std::int64_t kMaxBlockChannels = 131'072;
inline constexpr std::int64_t kMaxBlockBytes = 64LL << 20;  ///< of samples, unpacked
inline constexpr double kMaxFibreRateHz = 100'000.0;
inline constexpr Duration kMaxBlockDuration = std::chrono::hours{1};

/// The header of a `das/1` message: every key checked against its bounds, none against another
/// message. `geometry.fibre_id` is the id.
struct DasHeader {
  std::uint64_t boot = 0;
  std::uint64_t seq = 0;
  Time start;
  std::int64_t samples = 0;
  FibreGeometry geometry;
  DasClock clock = DasClock::kUnknown;
  std::optional<int> timing_quality;  ///< 0 to 100
  std::vector<ChannelSpan> dead;      ///< ascending, disjoint
  std::optional<std::uint32_t> crc32;
  DasCompression compression = DasCompression::kNone;
  std::optional<std::uint64_t> meta_rev;

  /// Of the samples, unpacked.
  std::size_t bytes() const;
};

/// Reads the header, as strictly as parse_wire_header. Unknown keys are ignored.
/// Rejections: as there; kHeaderValue also for a key that lacks and for a block that is too long or
/// too large.
WireResult<DasHeader> parse_das_header(std::span<const std::byte> json);

/// What a publisher sends: the keys that are not at their defaults, `crc32` of the payload.
std::string das_header_json(const DasHeader& header);

}  // namespace geod::streams
