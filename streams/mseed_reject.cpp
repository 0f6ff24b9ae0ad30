#include "streams/mseed_reject.hpp"

namespace geod::streams {

std::string_view to_string(RejectReason reason) {
  switch (reason) {
    case RejectReason::kNotARecord:
      return "not_a_record";
    case RejectReason::kTruncated:
      return "truncated";
    case RejectReason::kLengthMismatch:
      return "length_mismatch";
    case RejectReason::kTooLong:
      return "too_long";
    case RejectReason::kNoBlockette1000:
      return "no_blockette_1000";
    case RejectReason::kDuplicateBlockette:
      return "duplicate_blockette";
    case RejectReason::kBadBlocketteChain:
      return "bad_blockette_chain";
    case RejectReason::kBadByteOrder:
      return "bad_byte_order";
    case RejectReason::kBadDataOffset:
      return "bad_data_offset";
    case RejectReason::kPayloadTooSmall:
      return "payload_too_small";
    case RejectReason::kBadTime:
      return "bad_time";
    case RejectReason::kBadRate:
      return "bad_rate";
    case RejectReason::kBadSourceId:
      return "bad_source_id";
    case RejectReason::kBadCrc:
      return "bad_crc";
    case RejectReason::kBadExtraHeaders:
      return "bad_extra_headers";
    case RejectReason::kUnsupportedEncoding:
      return "unsupported_encoding";
    case RejectReason::kTextRecord:
      return "text_record";
    case RejectReason::kNoSamples:
      return "no_samples";
    case RejectReason::kBadSteimCode:
      return "bad_steim_code";
    case RejectReason::kSteimTooShort:
      return "steim_too_short";
    case RejectReason::kSteimMismatch:
      return "steim_mismatch";
    case RejectReason::kBadGainRange:
      return "bad_gain_range";
    case RejectReason::kNonFinite:
      return "non_finite";
    case RejectReason::kReadFailed:
      return "read_failed";
  }
  return "unknown";
}

Errc errc_of(RejectReason reason) {
  switch (reason) {
    case RejectReason::kUnsupportedEncoding:
    case RejectReason::kTextRecord:
    case RejectReason::kNoSamples:
      return Errc::kUnsupported;
    case RejectReason::kReadFailed:
      return Errc::kIo;
    default:
      return Errc::kCorruptRecord;
  }
}

}  // namespace geod::streams
