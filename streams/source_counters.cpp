#include "streams/source_counters.hpp"

#include <algorithm>
#include <numeric>

namespace geod::streams {

std::string_view to_string(WireFault fault) {
  switch (fault) {
    case WireFault::kFrameCount:
      return "frame_count";
    case WireFault::kTopic:
      return "topic";
    case WireFault::kUnknownMajor:
      return "unknown_major";
    case WireFault::kUnsupportedKind:
      return "unsupported_kind";
    case WireFault::kHeaderTooLarge:
      return "header_too_large";
    case WireFault::kHeaderSyntax:
      return "header_syntax";
    case WireFault::kHeaderDepth:
      return "header_depth";
    case WireFault::kHeaderDuplicateKey:
      return "header_duplicate_key";
    case WireFault::kHeaderValue:
      return "header_value";
    case WireFault::kIdMismatch:
      return "id_mismatch";
    case WireFault::kChecksum:
      return "checksum";
    case WireFault::kEmptyPayload:
      return "empty_payload";
    case WireFault::kNotPermitted:
      return "not_permitted";
    case WireFault::kSequence:
      return "sequence";
    case WireFault::kTooManyStreams:
      return "too_many_streams";
    case WireFault::kRecordTime:
      return "record_time";
    case WireFault::kBlockLength:
      return "block_length";
    case WireFault::kCompression:
      return "compression";
    case WireFault::kGeometry:
      return "geometry";
    case WireFault::kStaleHeader:
      return "stale_header";
  }
  return "unknown";
}

std::uint64_t CounterSnapshot::rejected() const {
  const auto sum = [](const auto& counts) {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  };
  return sum(wire_faults) + sum(record_rejects);
}

CounterSnapshot SourceCounters::snapshot() const {
  const auto read = [](const Count& count) { return count.load(std::memory_order_relaxed); };
  CounterSnapshot now;
  now.messages = read(messages);
  now.bytes = read(bytes);
  now.records = read(records);
  std::ranges::transform(wire_faults_, now.wire_faults.begin(), read);
  std::ranges::transform(record_rejects_, now.record_rejects.begin(), read);
  now.missing = read(missing);
  now.duplicates = read(duplicates);
  now.restarts = read(restarts);
  now.heartbeats = read(heartbeats);
  now.ends = read(ends);
  now.blocks = read(blocks);
  now.block_bytes = read(block_bytes);
  now.fibre_metadata = read(fibre_metadata);
  now.time_holes = read(time_holes);
  now.time_overlaps = read(time_overlaps);
  now.time_steps = read(time_steps);
  now.renumbered = read(renumbered);
  now.connections = read(connections);
  now.auth_failures = read(auth_failures);
  now.handshake_failures = read(handshake_failures);
  return now;
}

}  // namespace geod::streams
