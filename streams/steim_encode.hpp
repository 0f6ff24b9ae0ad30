#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/error.hpp"
#include "streams/byte_order.hpp"

namespace geod::streams {

/// Packs as many of `samples` as fit into `payload` as Steim-2 frames and returns how many. The
/// payload is whole 64-byte frames, at least one; what is left of it becomes zero. Each word takes
/// the packing with the most differences that fit.
///
/// @param previous  the sample before samples[0] (samples[0] itself at the start of a trace).
/// Errors: kUnsupported when a difference needs more than 30 bits.
/// Source: SEED 2.4 appendix B.
Result<std::size_t> encode_steim2(std::span<const std::int32_t> samples,
                                  std::int32_t previous,
                                  ByteOrder order,
                                  std::span<std::byte> payload);

}  // namespace geod::streams
