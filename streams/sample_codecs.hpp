#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "streams/byte_order.hpp"
#include "streams/mseed_reject.hpp"
#include "streams/record.hpp"

namespace geod::streams {

/// The encoding of a record's code, when geod decodes it to samples.
/// Errors: kTextRecord for text, kUnsupportedEncoding for INT24, Steim-3, opaque and unknown codes.
RecordResult<Encoding> sample_encoding(std::uint8_t code);

/// "Steim-2", "INT32", ...
std::string_view to_string(Encoding encoding);

/// Most samples that `payload_bytes` can hold in `encoding`; exact for fixed-width encodings, an
/// upper bound for Steim.
std::size_t max_samples(Encoding encoding, std::size_t payload_bytes);

/// Decodes `count` > 0 samples, which max_samples has admitted, into `samples`; reuses its buffer.
/// Errors: kBadSteimCode, kSteimTooShort, kSteimMismatch, kBadGainRange, kNonFinite.
/// Thread: any. Source: SEED 2.4 appendices B and D (GEOSCOPE, CDSN, SRO gain ranging).
RecordResult<void> decode_payload(Encoding encoding,
                                  ByteOrder order,
                                  std::span<const std::byte> payload,
                                  std::size_t count,
                                  Samples& samples);

}  // namespace geod::streams
