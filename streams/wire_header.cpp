#include "streams/wire_header.hpp"

#include <limits>
#include <utility>

namespace geod::streams {

WireResult<WireHeader> parse_wire_header(std::span<const std::byte> json) {
  const auto fields = parse_json_fields(json, {kMaxHeaderBytes, kMaxHeaderDepth});
  if (!fields) {
    return tl::unexpected(fields.error());
  }
  FieldReader reader(*fields);
  check_wire_version(reader);
  WireHeader header;
  header.id = reader.take_text("id");
  header.boot = reader.take_unsigned("boot");
  header.seq = reader.take_unsigned("seq");
  header.next_seq = reader.take_unsigned("next_seq");
  if (const auto sum = reader.take_unsigned("crc32", std::numeric_limits<std::uint32_t>::max())) {
    header.crc32 = static_cast<std::uint32_t>(*sum);
  }
  header.queued = reader.take_unsigned("queued");
  header.dropped = reader.take_unsigned("dropped");
  header.now_ns = reader.take_signed("now_ns");
  header.reason = reader.take_text("reason").value_or("");
  if (!reader.is_good()) {
    return tl::unexpected(*reader.fault());
  }
  return header;
}

void check_wire_version(FieldReader& reader) {
  if (reader.has("v") && !(reader.is_number("v") && reader.take_unsigned("v") == 1)) {
    reader.refuse("v", "not the number 1 in a version 1 topic");
  }
}

}  // namespace geod::streams
