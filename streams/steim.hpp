#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "streams/byte_order.hpp"

namespace geod::streams {

/// Elements behind the samples that the Steim decoders may overwrite: they store whole vectors.
inline constexpr std::size_t kSteimSlack = 8;
inline constexpr std::size_t kSteimFrameBytes = 64;

enum class SteimOutcome {
  kOk,
  kBadCode,   ///< an undefined packing code before the last sample
  kTooShort,  ///< the frames end before the declared samples
  kMismatch,  ///< the last sample is not the reverse integration constant
};

/// Most samples that `payload_bytes` of Steim-1 or Steim-2 frames can hold.
std::size_t max_steim1_samples(std::size_t payload_bytes);
std::size_t max_steim2_samples(std::size_t payload_bytes);

/// Decodes `samples` samples of Steim-1 or Steim-2 frames into `out`, which has room for
/// samples + kSteimSlack elements. A partial frame at the end is not used. In little-endian
/// payloads words and half-words are swapped, single bytes keep their order in memory (as the
/// writers of such records do). Differences wrap around modulo 2^32.
///
/// Thread: any. Uses AVX2 where the processor has it; same result without.
/// Source: SEED 2.4 appendix B, Steim-1 and Steim-2 compression.
SteimOutcome decode_steim1(std::span<const std::byte> payload,
                           ByteOrder order,
                           std::size_t samples,
                           std::int32_t* out);
SteimOutcome decode_steim2(std::span<const std::byte> payload,
                           ByteOrder order,
                           std::size_t samples,
                           std::int32_t* out);

/// The portable decoders alone, for tests that hold both paths equal.
SteimOutcome decode_steim1_portable(std::span<const std::byte> payload,
                                    ByteOrder order,
                                    std::size_t samples,
                                    std::int32_t* out);
SteimOutcome decode_steim2_portable(std::span<const std::byte> payload,
                                    ByteOrder order,
                                    std::size_t samples,
                                    std::int32_t* out);

}  // namespace geod::streams
