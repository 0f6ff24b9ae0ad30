#include "streams/wire_session.hpp"

#include <utility>

#include "streams/mseed_record.hpp"
#include "streams/mseed_splitter.hpp"

namespace geod::streams {

WireSession::WireSession(std::string source, RecordAgeLimits limits, const Clock& clock)
    : limits_(limits), account_(std::move(source), clock), fibres_(limits, account_) {}

void WireSession::handle(std::span<const Frame> frames,
                         const WirePeer& peer,
                         const SourceSinks& sinks,
                         const PayloadKeeper& keep_payload) {
  SourceCounters::add(counters().messages);
  for (const Frame& frame : frames) {
    SourceCounters::add(counters().bytes, frame.size());
  }
  const auto message = parse_wire_message(frames);
  if (!message) {
    account_.refuse(message.error(), peer);
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
      handle_data(*message, peer, sinks.records);
      break;
    case WireKind::kHeartbeat:
      handle_heartbeat(*message, peer);
      break;
    case WireKind::kEnd:
      handle_end(*message, peer, sinks);
      break;
    case WireKind::kDas:
    case WireKind::kDasMetadata:
      handle_fibre(*message, peer, sinks, keep_payload);
      break;
  }
}

void WireSession::handle_data(const WireMessage& message, const WirePeer& peer, RecordSink& sink) {
  Channels* const channels = channels_of(message, peer);
  if (channels == nullptr) {
    return;
  }
  const WireHeader& header = message.header;
  if (header.boot &&
      !account_.settle(account_.ledger().on_data(message.stream_id, *header.boot, *header.seq),
                       message.stream_id,
                       peer)) {
    return;
  }
  deliver(message, *channels, peer, sink);
}

void WireSession::handle_fibre(const WireMessage& message,
                               const WirePeer& peer,
                               const SourceSinks& sinks,
                               const PayloadKeeper& keep_payload) {
  if (sinks.fibres == nullptr) {
    refuse(WireFault::kUnsupportedKind,
           fmt::format("fibre {}: nobody here looks at fibres", message.stream_id),
           peer);
    return;
  }
  if (channels_of(message, peer) == nullptr) {
    return;
  }
  if (message.kind == WireKind::kDas) {
    fibres_.handle_block(message, peer, keep_payload, *sinks.fibres);
  } else {
    fibres_.handle_metadata(message, peer, *sinks.fibres);
  }
}

void WireSession::handle_heartbeat(const WireMessage& message, const WirePeer& peer) {
  SourceCounters::add(counters().heartbeats);
  if (channels_of(message, peer) != nullptr) {
    close_sequence(message, peer);
  }
}

/// Everything below `next_seq` has been sent: what is not here is lost.
void WireSession::close_sequence(const WireMessage& message, const WirePeer& peer) {
  account_.settle(account_.ledger().on_next_seq(
                      message.stream_id, *message.header.boot, *message.header.next_seq),
                  message.stream_id,
                  peer);
}

void WireSession::handle_end(const WireMessage& message,
                             const WirePeer& peer,
                             const SourceSinks& sinks) {
  SourceCounters::add(counters().ends);
  const WireHeader& header = message.header;
  if (header.boot && header.next_seq) {
    close_sequence(message, peer);
  }
  account_.ledger().forget(message.stream_id);
  const auto stream = streams_.find(std::string(message.stream_id));
  if (stream == streams_.end()) {
    return;
  }
  const Channels channels = std::move(stream->second);
  channel_count_ -= channels.size();
  streams_.erase(stream);
  spdlog::debug("source={} stream={} ended channels={} reason=\"{}\"",
                account_.source(),
                message.stream_id,
                channels.size(),
                header.reason);
  if (sinks.fibres != nullptr) {
    fibres_.handle_end(message, *sinks.fibres);
  }
  sinks.records.on_end({account_.source(),
                        message.stream_id,
                        {channels.begin(), channels.end()},
                        message.header.reason});
  has_ended_.store(streams_.empty(), std::memory_order_release);
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
  spdlog::debug("source={} stream={} peer={} first message", account_.source(), id, peer.label);
  return &streams_[id];
}

/// Cuts the records apart and hands them on. What is no record is skipped up to the next one, and a
/// refused record by its stated length only when a record or the end follows there: nothing else of
/// the message is lost.
void WireSession::deliver(const WireMessage& message,
                          Channels& channels,
                          const WirePeer& peer,
                          RecordSink& sink) {
  const Delivery delivery{account_.source(), account_.clock().steady_now(), std::nullopt};
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
        SourceCounters::add(counters().records);
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
  if (!limits_.admit(header.start, header.end(), account_.clock().now())) {
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
  counters().refuse(rejection.reason);
  std::uint64_t held_back = 0;
  const std::string key = fmt::format("{}|{}", to_string(rejection.reason), message.stream_id);
  if (account_.may_log(key, &held_back)) {
    spdlog::warn("source={} stream={} refused_record={} held_back={} what=\"{}\"",
                 account_.source(),
                 message.stream_id,
                 to_string(rejection.reason),
                 held_back,
                 rejection.what);
  }
}

}  // namespace geod::streams
