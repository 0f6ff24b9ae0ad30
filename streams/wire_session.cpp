#include "streams/wire_session.hpp"

#include <utility>

#include "streams/mseed_record.hpp"
#include "streams/mseed_splitter.hpp"

namespace geod::streams {

WireSession::WireSession(std::string source, RecordAgeLimits limits, const Clock& clock)
    : source_(std::move(source)), limits_(limits), clock_(clock) {}

void WireSession::handle(std::span<const Frame> frames, const WirePeer& peer, RecordSink& sink) {
  SourceCounters::add(counters_.messages);
  for (const Frame& frame : frames) {
    SourceCounters::add(counters_.bytes, frame.size());
  }
  const auto message = parse_wire_message(frames);
  if (!message) {
    refuse(message.error().fault, message.error().detail, peer);
    return;
  }
  if (peer.permitted != nullptr && !peer.permitted->permits_stream(message->stream_id)) {
    refuse(WireFault::kNotPermitted,
           fmt::format("stream {} is not in this key's patterns", message->stream_id),
           peer);
    return;
  }
  switch (message->kind) {
    case WireKind::kMiniSeed:
      handle_data(*message, peer, sink);
      break;
    case WireKind::kHeartbeat:
      SourceCounters::add(counters_.heartbeats);
      if (channels_of(*message, peer) != nullptr) {
        settle(ledger_.on_next_seq(
                   message->stream_id, *message->header.boot, *message->header.next_seq),
               *message,
               peer);
      }
      break;
    case WireKind::kEnd:
      handle_end(*message, peer, sink);
      break;
  }
}

void WireSession::refuse(WireFault fault, std::string_view detail, const WirePeer& peer) {
  counters_.refuse(fault);
  std::uint64_t held_back = 0;
  const std::string key = fmt::format("{}|{}", to_string(fault), peer.label);
  if (log_limit_.allow(key, clock_.steady_now(), &held_back)) {
    spdlog::warn("source={} peer={} refused={} held_back={} what=\"{}\"",
                 source_,
                 peer.label,
                 to_string(fault),
                 held_back,
                 detail);
  }
}

void WireSession::handle_data(const WireMessage& message, const WirePeer& peer, RecordSink& sink) {
  Channels* const channels = channels_of(message, peer);
  if (channels == nullptr) {
    return;
  }
  const WireHeader& header = message.header;
  if (header.boot &&
      !settle(ledger_.on_data(message.stream_id, *header.boot, *header.seq), message, peer)) {
    return;
  }
  deliver(message, *channels, peer, sink);
}

void WireSession::handle_end(const WireMessage& message, const WirePeer& peer, RecordSink& sink) {
  SourceCounters::add(counters_.ends);
  const WireHeader& header = message.header;
  if (header.boot && header.next_seq) {
    settle(ledger_.on_next_seq(message.stream_id, *header.boot, *header.next_seq), message, peer);
  }
  ledger_.forget(message.stream_id);
  const auto stream = streams_.find(std::string(message.stream_id));
  if (stream == streams_.end()) {
    return;
  }
  const Channels channels = std::move(stream->second);
  channel_count_ -= channels.size();
  streams_.erase(stream);
  spdlog::debug("source={} stream={} ended channels={} reason=\"{}\"",
                source_,
                message.stream_id,
                channels.size(),
                header.reason);
  sink.on_end(
      {source_, message.stream_id, {channels.begin(), channels.end()}, message.header.reason});
  has_ended_.store(streams_.empty(), std::memory_order_release);
}

/// Books a verdict; true when the message is to be used.
bool WireSession::settle(const SequenceVerdict& verdict,
                         const WireMessage& message,
                         const WirePeer& peer) {
  using Kind = SequenceVerdict::Kind;
  switch (verdict.kind) {
    case Kind::kDuplicate:
      SourceCounters::add(counters_.duplicates);
      return false;
    case Kind::kAbsurd:
      refuse(WireFault::kSequence,
             fmt::format("stream {}: sequence number absurdly far ahead", message.stream_id),
             peer);
      return false;
    case Kind::kTooManyStreams:
      refuse(WireFault::kTooManyStreams, "more stream ids than are kept account of", peer);
      return false;
    case Kind::kAccept:
      break;
  }
  SourceCounters::add(counters_.missing, verdict.missing);
  SourceCounters::add(counters_.restarts, verdict.is_restart ? 1 : 0);
  const auto now = clock_.steady_now();
  std::uint64_t held_back = 0;
  if (verdict.is_restart && log_limit_.allow(fmt::format("restart|{}", message.stream_id), now)) {
    spdlog::info("source={} stream={} publisher restarted", source_, message.stream_id);
  }
  if (verdict.missing > 0 &&
      log_limit_.allow(fmt::format("missing|{}", message.stream_id), now, &held_back)) {
    spdlog::warn("source={} stream={} missing_messages={} held_back={}",
                 source_,
                 message.stream_id,
                 verdict.missing,
                 held_back);
  }
  return true;
}

WireSession::Channels* WireSession::channels_of(const WireMessage& message, const WirePeer& peer) {
  const std::string id(message.stream_id);
  if (const auto known = streams_.find(id); known != streams_.end()) {
    return &known->second;
  }
  if (streams_.size() >= kMaxStreams) {
    refuse(WireFault::kTooManyStreams, "more stream ids than are kept account of", peer);
    return nullptr;
  }
  has_ended_.store(false, std::memory_order_release);
  spdlog::debug("source={} stream={} peer={} first message", source_, id, peer.label);
  return &streams_[id];
}

/// Cuts the records apart and hands them on. What is no record is skipped up to the next one, and a
/// refused record by its stated length only when a record or the end follows there: nothing else of
/// the message is lost.
void WireSession::deliver(const WireMessage& message,
                          Channels& channels,
                          const WirePeer& peer,
                          RecordSink& sink) {
  const Delivery delivery{source_, clock_.steady_now(), std::nullopt};
  Frame rest = message.payload;
  while (!rest.empty()) {
    const RecordExtent extent = next_record_length(rest);
    if (extent.state == RecordExtent::State::kNeedMore) {
      refuse_record(
          {{Errc::kCorruptRecord, "the message ends inside a record"}, RejectReason::kTruncated},
          message);
      return;
    }
    if (extent.state == RecordExtent::State::kNotARecord) {
      refuse_record({{Errc::kCorruptRecord, "no miniSEED record where one is expected"},
                     RejectReason::kNotARecord},
                    message);
      rest = rest.subspan(find_record(rest, 1));
      continue;
    }
    auto record = decode_record(rest.first(extent.bytes));
    const Frame behind = rest.subspan(extent.bytes);
    if (record) {
      rest = behind;
      if (is_admitted(record->header, message, channels, peer)) {
        SourceCounters::add(counters_.records);
        sink.on_record(std::move(*record), delivery);
      }
      continue;
    }
    refuse_record(record.error(), message);
    const bool is_length_plausible =
        behind.empty() || next_record_length(behind).state != RecordExtent::State::kNotARecord;
    rest = is_length_plausible ? behind : rest.subspan(find_record(rest, 1));
  }
}

bool WireSession::is_admitted(const RecordHeader& header,
                              const WireMessage& message,
                              Channels& channels,
                              const WirePeer& peer) {
  if (peer.permitted != nullptr && !peer.permitted->permits_channel(header.source_id)) {
    refuse(WireFault::kNotPermitted,
           fmt::format("stream {}: channel {} is not in this key's patterns",
                       message.stream_id,
                       header.source_id.to_string()),
           peer);
    return false;
  }
  if (channel_count_ >= kMaxChannels && !channels.contains(header.source_id)) {
    refuse(WireFault::kTooManyStreams, "more channels than are kept account of", peer);
    return false;
  }
  const Time now = clock_.now();
  if ((limits_.max_future > Duration::zero() && header.start > now + limits_.max_future) ||
      (limits_.max_age > Duration::zero() && header.end() < now - limits_.max_age)) {
    refuse(WireFault::kRecordTime,
           fmt::format("stream {}: record of {} at {} is too far from now",
                       message.stream_id,
                       header.source_id.to_string(),
                       to_iso(header.start)),
           peer);
    return false;
  }
  channel_count_ += channels.insert(header.source_id).second ? 1 : 0;
  return true;
}

void WireSession::refuse_record(const Rejection& rejection, const WireMessage& message) {
  counters_.refuse(rejection.reason);
  std::uint64_t held_back = 0;
  const std::string key = fmt::format("{}|{}", to_string(rejection.reason), message.stream_id);
  if (log_limit_.allow(key, clock_.steady_now(), &held_back)) {
    spdlog::warn("source={} stream={} refused_record={} held_back={} what=\"{}\"",
                 source_,
                 message.stream_id,
                 to_string(rejection.reason),
                 held_back,
                 rejection.what);
  }
}

}  // namespace geod::streams
