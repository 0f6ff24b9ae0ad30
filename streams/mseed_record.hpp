#pragma once

#include <cstddef>
#include <span>

#include "streams/byte_order.hpp"
#include "streams/mseed_reject.hpp"
#include "streams/record.hpp"

namespace geod::streams {

/// Largest record and largest extra headers (miniSEED 3 allows 4 GiB and 64 KiB).
inline constexpr std::size_t kMaxRecordBytes = 64 * 1024;
inline constexpr std::size_t kMaxExtraHeaderBytes = 16 * 1024;

/// A validated header and where its samples lie. Refers to the caller's bytes.
struct RecordView {
  RecordHeader header;
  std::span<const std::byte> payload;
  ByteOrder payload_order = ByteOrder::kBig;
};

/// Validates exactly one miniSEED 2 or 3 record and reads its header. No sample is decoded; after
/// success the declared samples fit into the payload, times and rate are in range, the codes are
/// clean, and for miniSEED 3 the check sum holds.
///
/// @param bytes  the whole record, no more and no less (see next_record_length).
/// Errors: a Rejection whose text begins with the source id as far as it can be read.
/// Thread: any; no state, no environment, no allocation beyond the returned header.
/// Source: SEED 2.4 chapter 8; FDSN miniSEED 3.
RecordResult<RecordView> parse_record(std::span<const std::byte> bytes);

/// Decodes the samples of a parsed record into `samples`, whose buffer is reused when it holds the
/// type already. On an error `samples` holds nothing of use.
RecordResult<void> decode_samples(const RecordView& record, Samples& samples);

/// parse_record and decode_samples in one.
RecordResult<Record> decode_record(std::span<const std::byte> bytes);

/// As decode_record, into a record whose buffers are reused: no allocation once they have grown.
RecordResult<void> decode_record(std::span<const std::byte> bytes, Record& record);

}  // namespace geod::streams
