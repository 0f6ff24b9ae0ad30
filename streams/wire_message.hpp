#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "streams/wire_header.hpp"

namespace geod::streams {

/// The kinds of geod-wire 1.
enum class WireKind : std::uint8_t { kMiniSeed, kHeartbeat, kEnd, kDas, kDasMetadata };

inline constexpr std::size_t kMaxTopicBytes = 128;
inline constexpr std::size_t kMaxStreamIdBytes = 64;
/// Topic, header, payload. A message with more is refused, whatever its topic.
inline constexpr std::size_t kMaxFrames = 3;

/// One frame of a multipart message.
using Frame = std::span<const std::byte>;

/// A message whose form is right. Views point into the frames.
struct WireMessage {
  WireKind kind = WireKind::kMiniSeed;
  std::string_view stream_id;
  WireHeader header;  ///< ms/1 (empty when it has none), hb/1, end/1
  Frame json;         ///< das/1, dasmeta/1: the header, not yet looked at
  Frame payload;      ///< ms/1: one or more miniSEED records; das/1: samples; not yet looked at
};

/// Checks frames and topic of one message, and header and checksum of all kinds but those of fibres
/// (FibreSession reads these). Pure.
///
///   ms/1/<id>      [topic][records] or [topic][header][records]
///   hb/1/<id>      [topic][header], header with boot and next_seq
///   end/1/<id>     [topic][header]
///   das/1/<id>     [topic][header][samples]
///   dasmeta/1/<id> [topic][metadata]
///
/// Ids are 1 to 64 characters of A-Z a-z 0-9 . _ : -; `seq` and `boot` come together.
WireResult<WireMessage> parse_wire_message(std::span<const Frame> frames);

/// IEEE CRC-32, as Python's zlib.crc32.
std::uint32_t crc32_ieee(Frame bytes);

/// What a publisher sends.
std::string wire_topic(WireKind kind, std::string_view stream_id);
std::string data_header_json(std::uint64_t boot, std::uint64_t seq, std::uint32_t crc32);
std::string heartbeat_json(std::uint64_t boot, std::uint64_t next_seq, std::int64_t now_ns);
std::string end_json(std::uint64_t boot, std::uint64_t next_seq, std::string_view reason);

}  // namespace geod::streams
