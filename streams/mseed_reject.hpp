#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "core/error.hpp"

namespace geod::streams {

/// Why a record was refused. Callers count by it; `to_string` gives the label of the metric.
enum class RejectReason : std::uint8_t {
  kNotARecord,           ///< no miniSEED 2 or 3 header at this place
  kTruncated,            ///< fewer bytes than the record says it has
  kLengthMismatch,       ///< more bytes than the record says it has
  kTooLong,              ///< beyond 64 KiB (record) or 16 KiB (extra headers)
  kNoBlockette1000,      ///< miniSEED 2 without encoding and length
  kDuplicateBlockette,   ///< two blockettes of a type that must be unique
  kBadBlocketteChain,    ///< a link that runs backwards, overlaps or leaves the header
  kBadByteOrder,         ///< blockette 1000 names a byte order other than 0 and 1
  kBadDataOffset,        ///< the data begin inside the fixed header or outside the record
  kPayloadTooSmall,      ///< the declared samples cannot fit into the payload
  kBadTime,              ///< year, day or time of day out of range
  kBadRate,              ///< rate zero, negative, not finite or outside 1e-6 to 1e6 Hz
  kBadSourceId,          ///< codes outside A-Z 0-9 -, empty or too long
  kBadCrc,               ///< miniSEED 3 check sum
  kBadExtraHeaders,      ///< miniSEED 3 extra headers are not a JSON object
  kUnsupportedEncoding,  ///< INT24, Steim-3, opaque, unknown
  kTextRecord,           ///< a log record: recognised, not data
  kNoSamples,            ///< a record of blockettes only: recognised, not data
  kBadSteimCode,         ///< an undefined packing code
  kSteimTooShort,        ///< the frames end before the declared samples
  kSteimMismatch,        ///< the last sample differs from the reverse integration constant
  kBadGainRange,         ///< SRO exponent out of range
  kNonFinite,            ///< a NaN or infinite float sample
  kReadFailed,           ///< the file could not be read further
};
inline constexpr int kRejectReasons = static_cast<int>(RejectReason::kReadFailed) + 1;

/// "steim_mismatch", ...: the word used in metrics and logs.
std::string_view to_string(RejectReason reason);

/// kUnsupported for encodings geod does not decode and for records that are not data, kIo for
/// kReadFailed, kCorruptRecord for the rest.
Errc errc_of(RejectReason reason);

/// True for well-formed records that hold no samples by design (logs, blockettes only): callers
/// count them as "not data", not as damage.
constexpr bool is_not_data(RejectReason reason) {
  return reason == RejectReason::kTextRecord || reason == RejectReason::kNoSamples;
}

/// The error of one record: an `Error` with the reason to count by.
struct Rejection : Error {
  RejectReason reason;
};

template <class T>
using RecordResult = tl::expected<T, Rejection>;

/// `return reject(RejectReason::kBadTime, "day of year {}", day);`
template <class... Args>
[[nodiscard]] tl::unexpected<Rejection> reject(RejectReason reason,
                                               fmt::format_string<Args...> text,
                                               Args&&... args) {
  return tl::unexpected<Rejection>(
      Rejection{{errc_of(reason), fmt::format(text, std::forward<Args>(args)...)}, reason});
}

}  // namespace geod::streams
