#include "streams/mseed_record.hpp"

#include <string>
#include <utility>

#include "streams/mseed2_header.hpp"
#include "streams/mseed3_header.hpp"
#include "streams/sample_codecs.hpp"

namespace geod::streams {
namespace {

bool is_mseed3(std::span<const std::byte> bytes) {
  return !bytes.empty() && bytes[0] == std::byte{'M'};
}

/// Puts what can be read of the source id before the text, so that a log line names the channel.
Rejection named(Rejection rejection, std::span<const std::byte> bytes) {
  std::string name;
  if (is_mseed3(bytes)) {
    if (bytes.size() >= kMseed3FixedBytes && may_be_mseed3(bytes)) {
      name = mseed3_name(bytes);
    }
  } else if (bytes.size() >= kMseed2FixedBytes && may_be_mseed2(bytes)) {
    name = mseed2_name(bytes);
  }
  if (!name.empty()) {
    rejection.what = name + ": " + rejection.what;
  }
  return rejection;
}

RecordResult<void> parse_into(std::span<const std::byte> bytes, RecordView& view) {
  return is_mseed3(bytes) ? parse_mseed3(bytes, view) : parse_mseed2(bytes, view);
}

RecordResult<void> decode_into(const RecordView& view, Samples& samples) {
  return decode_payload(
      view.header.encoding, view.payload_order, view.payload, view.header.samples, samples);
}

}  // namespace

RecordResult<RecordView> parse_record(std::span<const std::byte> bytes) {
  RecordView view;
  if (RecordResult<void> parsed = parse_into(bytes, view); !parsed) {
    return tl::unexpected(named(std::move(parsed.error()), bytes));
  }
  return view;
}

RecordResult<void> decode_samples(const RecordView& record, Samples& samples) {
  RecordResult<void> decoded = decode_into(record, samples);
  if (!decoded) {
    decoded.error().what = record.header.source_id.seed_id() + ": " + decoded.error().what;
  }
  return decoded;
}

RecordResult<void> decode_record(std::span<const std::byte> bytes, Record& record) {
  RecordView view;
  if (RecordResult<void> parsed = parse_into(bytes, view); !parsed) {
    return tl::unexpected(named(std::move(parsed.error()), bytes));
  }
  RecordResult<void> decoded = decode_samples(view, record.samples);
  record.header = std::move(view.header);
  return decoded;
}

RecordResult<Record> decode_record(std::span<const std::byte> bytes) {
  Record record;
  if (RecordResult<void> decoded = decode_record(bytes, record); !decoded) {
    return tl::unexpected(std::move(decoded.error()));
  }
  return record;
}

}  // namespace geod::streams
