#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "streams/mseed_reject.hpp"

namespace geod::streams {

/// Why a message, or a good record in it, was refused. Damage inside a record has its own reasons
/// (RejectReason). The word of `to_string` is the label in metrics and logs.
enum class WireFault : std::uint8_t {
  kFrameCount,          ///< a message has too few or too many frames for its topic
  kTopic,               ///< the topic is not `kind/major/id` in the allowed characters
  kUnknownMajor,        ///< a geod-wire version this daemon does not speak
  kUnsupportedKind,     ///< valid geod-wire, but of a kind that nobody takes here (fibres)
  kHeaderTooLarge,      ///< more than 64 KiB of header
  kHeaderSyntax,        ///< the header is not one JSON object
  kHeaderDepth,         ///< nested deeper than 8
  kHeaderDuplicateKey,  ///< a key twice in one object
  kHeaderValue,         ///< a known key with a missing, ill-typed or absurd value
  kIdMismatch,          ///< topic and header name different streams
  kChecksum,            ///< crc32 of the header does not fit the records
  kEmptyPayload,        ///< ms/1 without a byte of records
  kNotPermitted,        ///< this key may not send this stream or channel
  kSequence,            ///< a sequence number absurdly far ahead
  kTooManyStreams,      ///< more stream ids or channels than are kept account of
  kRecordTime,          ///< a record or block farther from now than the configuration admits
  kBlockLength,         ///< samples of a block are not as many bytes as its header says
  kCompression,         ///< packed samples are damaged or unpack to another length
  kGeometry,            ///< the sampling of a fibre changed without a new boot or a higher meta_rev
  kStaleHeader,         ///< a block of an earlier boot or meta_rev than the one in force
};
inline constexpr std::size_t kWireFaults = static_cast<std::size_t>(WireFault::kStaleHeader) + 1;
std::string_view to_string(WireFault fault);

/// Counts since the source was opened.
struct CounterSnapshot {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;    ///< of all frames
  std::uint64_t records = 0;  ///< delivered
  std::array<std::uint64_t, kWireFaults> wire_faults{};
  std::array<std::uint64_t, kRejectReasons> record_rejects{};
  std::uint64_t missing = 0;     ///< messages that sequence numbers show as lost
  std::uint64_t duplicates = 0;  ///< messages whose number had come before; dropped
  std::uint64_t restarts = 0;    ///< a stream came with a new boot
  std::uint64_t heartbeats = 0;
  std::uint64_t ends = 0;
  std::uint64_t blocks = 0;              ///< of fibres, delivered
  std::uint64_t block_bytes = 0;         ///< of their samples, unpacked
  std::uint64_t fibre_metadata = 0;      ///< dasmeta/1 taken
  std::uint64_t time_holes = 0;          ///< blocks that begin later than the one before ended
  std::uint64_t time_overlaps = 0;       ///< blocks that begin before the one before ended
  std::uint64_t time_steps = 0;          ///< the same by less than half a sample
  std::uint64_t renumbered = 0;          ///< numbers skipped while the time went on without a hole
  std::uint64_t connections = 0;         ///< peers that completed the ZeroMQ handshake
  std::uint64_t auth_failures = 0;       ///< CURVE key refused
  std::uint64_t handshake_failures = 0;  ///< no CURVE, wrong mechanism, not ZeroMQ

  std::uint64_t of(WireFault fault) const { return wire_faults[static_cast<std::size_t>(fault)]; }
  std::uint64_t of(RejectReason reason) const {
    return record_rejects[static_cast<std::size_t>(reason)];
  }
  /// Messages and records refused, all reasons.
  std::uint64_t rejected() const;
};

/// The live counts of one endpoint: written by its polling thread, read by any.
class SourceCounters {
 public:
  using Count = std::atomic<std::uint64_t>;

  Count messages{0}, bytes{0}, records{0}, missing{0}, duplicates{0}, restarts{0}, heartbeats{0},
      ends{0}, blocks{0}, block_bytes{0}, fibre_metadata{0}, time_holes{0}, time_overlaps{0},
      time_steps{0}, renumbered{0}, connections{0}, auth_failures{0}, handshake_failures{0};

  /// `messages` is one of the members above.
  static void add(Count& count, std::uint64_t by = 1) {
    count.fetch_add(by, std::memory_order_relaxed);
  }
  void refuse(WireFault fault) { add(wire_faults_[static_cast<std::size_t>(fault)]); }
  void refuse(RejectReason reason) { add(record_rejects_[static_cast<std::size_t>(reason)]); }
  CounterSnapshot snapshot() const;

 private:
  std::array<Count, kWireFaults> wire_faults_{};
  std::array<Count, kRejectReasons> record_rejects_{};
};

}  // namespace geod::streams
