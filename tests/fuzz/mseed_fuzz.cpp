// Fuzz target of the miniSEED parser: splitter, both header versions, all decoders. Whatever the
// bytes are, nothing may be read or written out of bounds, and what is accepted must be consistent.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "streams/byte_order.hpp"
#include "streams/crc32c.hpp"
#include "streams/mseed3_header.hpp"
#include "streams/mseed_record.hpp"
#include "streams/mseed_splitter.hpp"
#include "streams/sample_codecs.hpp"
#include "streams/steim.hpp"

namespace {

using namespace geod;           // NOLINT(google-build-using-namespace): a single-file program
using namespace geod::streams;  // NOLINT(google-build-using-namespace)

/// Vector and portable Steim decoders must agree on whatever was accepted.
void check_portable_steim(const RecordView& view, const Samples& samples) {
  if (view.header.encoding != Encoding::kSteim1 && view.header.encoding != Encoding::kSteim2) {
    return;
  }
  const auto& decoded = std::get<std::vector<std::int32_t>>(samples);
  std::vector<std::int32_t> portable(decoded.size() + kSteimSlack);
  const auto decode =
      view.header.encoding == Encoding::kSteim1 ? decode_steim1_portable : decode_steim2_portable;
  const SteimOutcome outcome =
      decode(view.payload, view.payload_order, decoded.size(), portable.data());
  GEOD_CHECK(outcome == SteimOutcome::kOk, "the portable decoder refuses what the other accepts");
  GEOD_CHECK(std::equal(decoded.begin(), decoded.end(), portable.begin()), "samples differ");
}

/// Decodes a heap copy of exactly the given bytes, so that one byte too far is seen.
void decode_one(std::span<const std::byte> bytes) {
  const std::vector<std::byte> exact(bytes.begin(), bytes.end());
  const RecordResult<RecordView> view = parse_record(exact);
  if (!view) {
    GEOD_CHECK(!view.error().what.empty(), "a rejection without a text");
    return;
  }
  const RecordHeader& header = view->header;
  GEOD_CHECK(header.length == bytes.size(), "length");
  GEOD_CHECK(header.samples > 0, "no samples");
  GEOD_CHECK(header.samples <= max_samples(header.encoding, view->payload.size()), "sample count");
  GEOD_CHECK(header.end() + std::chrono::seconds{2} > header.start, "ends before it begins");
  GEOD_CHECK(SourceId::parse(header.source_id.to_string()) == header.source_id, "source id");
  Samples samples;
  if (decode_samples(*view, samples)) {
    const std::size_t count = std::visit([](const auto& values) { return values.size(); }, samples);
    GEOD_CHECK(count == header.samples, "decoded count");
    check_portable_steim(*view, samples);
  }
}

/// A miniSEED 3 record with its check sum put right, which no mutation would guess.
std::vector<std::byte> with_right_sum(std::span<const std::byte> bytes) {
  constexpr std::size_t kCrc = 28;
  std::vector<std::byte> fixed(bytes.begin(), bytes.end());
  store<std::uint32_t>(&fixed[kCrc], 0, ByteOrder::kLittle);
  store(&fixed[kCrc], crc32c(fixed), ByteOrder::kLittle);
  return fixed;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::byte> input = std::as_bytes(std::span(data, size));
  decode_one(input);
  if (size >= kMseed3FixedBytes && may_be_mseed3(input)) {
    decode_one(with_right_sum(input));
  }
  std::size_t at = 0;
  while (at < size) {
    const std::size_t found = find_record(input, at);
    GEOD_CHECK(found >= at && found <= size, "search ran outside");
    const RecordExtent extent = next_record_length(input.subspan(found));
    if (extent.state != RecordExtent::State::kComplete) {
      GEOD_CHECK(found == size || extent.state == RecordExtent::State::kNeedMore, "found nothing");
      GEOD_CHECK(extent.bytes > 0, "asks for nothing");
      at = found + 1;
      continue;
    }
    GEOD_CHECK(extent.bytes <= size - found, "longer than the input");
    if (found > 0) {
      decode_one(input.subspan(found, extent.bytes));
    }
    at = found + extent.bytes;
  }
  return 0;
}
