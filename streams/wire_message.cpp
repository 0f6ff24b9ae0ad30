#include "streams/wire_message.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <zlib.h>

namespace geod::streams {
namespace {

template <class... Args>
tl::unexpected<WireRejection> refuse(WireFault fault,
                                     fmt::format_string<Args...> text,
                                     Args&&... args) {
  return tl::unexpected(WireRejection{fault, fmt::format(text, std::forward<Args>(args)...)});
}

bool is_id_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == ':' || c == '-';
}

bool is_stream_id(std::string_view text) {
  return !text.empty() && text.size() <= kMaxStreamIdBytes &&
         std::ranges::all_of(text, is_id_character);
}

std::string_view kind_word(WireKind kind) {
  switch (kind) {
    case WireKind::kMiniSeed:
      return "ms";
    case WireKind::kHeartbeat:
      return "hb";
    case WireKind::kEnd:
      return "end";
    case WireKind::kDas:
      return "das";
    case WireKind::kDasMetadata:
      return "dasmeta";
  }
  return "";
}

std::optional<WireKind> kind_of(std::string_view word) {
  for (const WireKind kind : {WireKind::kMiniSeed,
                              WireKind::kHeartbeat,
                              WireKind::kEnd,
                              WireKind::kDas,
                              WireKind::kDasMetadata}) {
    if (word == kind_word(kind)) {
      return kind;
    }
  }
  return std::nullopt;
}

/// The parts of "kind/major/id".
struct Topic {
  WireKind kind;
  std::string_view stream_id;
};

WireResult<Topic> parse_topic(Frame frame) {
  if (frame.size() > kMaxTopicBytes) {
    return refuse(WireFault::kTopic, "topic of {} bytes, at most {}", frame.size(), kMaxTopicBytes);
  }
  const std::string_view text(reinterpret_cast<const char*>(frame.data()), frame.size());
  const std::size_t first = text.find('/');
  const std::size_t second = first == text.npos ? text.npos : text.find('/', first + 1);
  const auto kind = second == text.npos ? std::nullopt : kind_of(text.substr(0, first));
  if (!kind) {
    return refuse(WireFault::kTopic, "topic is not one of ms, hb, end, das, dasmeta /1/<id>");
  }
  const std::string_view word = text.substr(0, first);
  const std::string_view major = text.substr(first + 1, second - first - 1);
  const std::string_view id = text.substr(second + 1);
  if (!is_stream_id(id)) {
    return refuse(WireFault::kTopic,
                  "stream id is not 1 to {} characters of A-Z a-z 0-9 . _ : -",
                  kMaxStreamIdBytes);
  }
  if (major.empty() || !std::ranges::all_of(major, [](char c) { return c >= '0' && c <= '9'; })) {
    return refuse(WireFault::kTopic, "topic has no version number: {}/1/{} is expected", word, id);
  }
  if (major != "1") {
    return refuse(
        WireFault::kUnknownMajor, "stream {} speaks geod-wire {}, this daemon speaks 1", id, major);
  }
  return Topic{*kind, id};
}

WireResult<void> check_frame_count(const Topic& topic, std::size_t count) {
  const bool has_three = topic.kind == WireKind::kDas;
  const bool is_good = count == (has_three ? 3 : 2) ||  //
                       (topic.kind == WireKind::kMiniSeed && count == 3);
  if (!is_good) {
    return refuse(WireFault::kFrameCount,
                  "stream {}: {} frames in {}/1",
                  topic.stream_id,
                  count,
                  kind_word(topic.kind));
  }
  return {};
}

WireResult<void> check_header(const Topic& topic, const WireHeader& header) {
  if (header.id && *header.id != topic.stream_id) {
    return refuse(
        WireFault::kIdMismatch, "topic says {}, header says {}", topic.stream_id, *header.id);
  }
  if (topic.kind == WireKind::kMiniSeed && header.boot.has_value() != header.seq.has_value()) {
    return refuse(WireFault::kHeaderValue,
                  "stream {}: boot and seq come together or not at all",
                  topic.stream_id);
  }
  if (topic.kind == WireKind::kHeartbeat && !(header.boot && header.next_seq)) {
    return refuse(
        WireFault::kHeaderValue, "stream {}: a heartbeat needs boot and next_seq", topic.stream_id);
  }
  return {};
}

}  // namespace

WireResult<WireMessage> parse_wire_message(std::span<const Frame> frames) {
  if (frames.empty() || frames.size() > kMaxFrames) {
    return refuse(WireFault::kFrameCount, "{} frames, 2 or 3 are expected", frames.size());
  }
  const auto topic = parse_topic(frames[0]);
  if (!topic) {
    return tl::unexpected(topic.error());
  }
  if (auto counted = check_frame_count(*topic, frames.size()); !counted) {
    return tl::unexpected(std::move(counted.error()));
  }
  WireMessage message{topic->kind, topic->stream_id, {}, {}, {}};
  if (topic->kind == WireKind::kDas || topic->kind == WireKind::kDasMetadata) {
    message.json = frames[1];
    message.payload = topic->kind == WireKind::kDas ? frames[2] : Frame{};
    return message;
  }
  const bool has_payload = topic->kind == WireKind::kMiniSeed;
  if (!has_payload || frames.size() == 3) {
    auto header = parse_wire_header(frames[1]);
    if (!header) {
      header.error().detail = fmt::format("stream {}: {}", topic->stream_id, header.error().detail);
      return tl::unexpected(std::move(header.error()));
    }
    message.header = std::move(*header);
  }
  if (auto checked = check_header(*topic, message.header); !checked) {
    return tl::unexpected(std::move(checked.error()));
  }
  if (has_payload) {
    message.payload = frames.back();
    if (message.payload.empty()) {
      return refuse(WireFault::kEmptyPayload, "stream {}: empty payload", topic->stream_id);
    }
    if (message.header.crc32 && *message.header.crc32 != crc32_ieee(message.payload)) {
      return refuse(WireFault::kChecksum,
                    "stream {}: crc32 does not fit {} bytes of records",
                    topic->stream_id,
                    message.payload.size());
    }
  }
  return message;
}

std::uint32_t crc32_ieee(Frame bytes) {
  return static_cast<std::uint32_t>(
      ::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

std::string wire_topic(WireKind kind, std::string_view stream_id) {
  return fmt::format("{}/1/{}", kind_word(kind), stream_id);
}

std::string data_header_json(std::uint64_t boot, std::uint64_t seq, std::uint32_t crc32) {
  return fmt::format(R"({{"boot":"{}","seq":{},"crc32":{}}})", boot, seq, crc32);
}

std::string heartbeat_json(std::uint64_t boot, std::uint64_t next_seq, std::int64_t now_ns) {
  return fmt::format(R"({{"boot":"{}","next_seq":{},"now_ns":"{}"}})", boot, next_seq, now_ns);
}

std::string end_json(std::uint64_t boot, std::uint64_t next_seq, std::string_view reason) {
  return nlohmann::json{{"boot", std::to_string(boot)}, {"next_seq", next_seq}, {"reason", reason}}
      .dump();
}

}  // namespace geod::streams
