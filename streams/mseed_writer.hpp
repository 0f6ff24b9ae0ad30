#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/error.hpp"
#include "streams/byte_order.hpp"
#include "streams/record.hpp"

namespace geod::streams {

/// How miniSEED 2 records are laid out.
struct Mseed2Layout {
  std::uint32_t record_bytes = 512;  ///< a power of two, 256 to 65536
  ByteOrder header_order = ByteOrder::kBig;
  ByteOrder payload_order = ByteOrder::kBig;
  char quality = 'D';                ///< D, R, Q or M
  std::uint32_t first_sequence = 1;  ///< counts on, modulo 1,000,000
};

/// Writes one gap-free trace as miniSEED 2 records, back to back: the inverse of decode_record. Of
/// `header` it takes source id, start (to the microsecond), rate, encoding, flags and timing
/// quality (unknown becomes 0). Each record's start is computed from the trace's start, so that
/// rounding never adds up.
///
/// Encodings: kSteim2 and kInt32 (int32 samples), kFloat32 (float samples).
/// Errors: kUnsupported, with the remedy, when the codes are too long for SEED, the rate or a
/// difference cannot be written, a sample is not finite, or type and encoding do not agree.
/// Thread: any.
Result<std::vector<std::byte>> write_mseed2(const RecordHeader& header,
                                            const Samples& samples,
                                            const Mseed2Layout& layout = {});

}  // namespace geod::streams
