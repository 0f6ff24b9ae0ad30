#pragma once

#include <atomic>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/clock.hpp"
#include "streams/fibre_session.hpp"
#include "streams/source.hpp"
#include "streams/wire_account.hpp"
#include "streams/wire_message.hpp"

namespace geod::streams {

/// Everything that is done with the messages of one geod-wire endpoint, without a socket: form,
/// permission, checksum, sequence account, splitting and decoding of records, delivery, counts,
/// rate-limited log; FibreSession does it for blocks of fibres. Whatever comes in, the worst is a
/// count.
///
/// Thread: one (geod-io); `counters` and `has_ended` may be read by any.
class WireSession {
 public:
  /// Channels and stream ids kept account of; records of further ones are refused.
  static constexpr std::size_t kMaxStreams = SequenceLedger::kMaxStreams;
  static constexpr std::size_t kMaxChannels = 65'536;

  /// `clock` outlives the session.
  WireSession(std::string source, RecordAgeLimits limits, const Clock& clock);

  /// Takes one message, all frames of it. Samples of fibres outlive the call by way of
  /// `keep_payload`; without it they are copied.
  void handle(std::span<const Frame> frames,
              const WirePeer& peer,
              const SourceSinks& sinks,
              const PayloadKeeper& keep_payload = {});

  /// Counts and logs a message that is refused before it is read.
  void refuse(WireFault fault, std::string_view detail, const WirePeer& peer) {
    account_.refuse(fault, detail, peer);
  }

  /// At least one stream was heard and each that was has ended. Thread: any.
  bool has_ended() const { return has_ended_.load(std::memory_order_acquire); }

  SourceCounters& counters() { return account_.counters(); }
  const SourceCounters& counters() const { return account_.counters(); }

 private:
  using Channels = std::set<SourceId>;

  void handle_data(const WireMessage& message, const WirePeer& peer, RecordSink& sink);
  void handle_fibre(const WireMessage& message,
                    const WirePeer& peer,
                    const SourceSinks& sinks,
                    const PayloadKeeper& keep_payload);
  void handle_heartbeat(const WireMessage& message, const WirePeer& peer);
  void handle_end(const WireMessage& message, const WirePeer& peer, const SourceSinks& sinks);
  void close_sequence(const WireMessage& message, const WirePeer& peer);
  Channels* channels_of(const WireMessage& message, const WirePeer& peer);
  void deliver(const WireMessage& message,
               Channels& channels,
               const WirePeer& peer,
               RecordSink& sink);
  bool is_admitted(const RecordHeader& header,
                   const WireMessage& message,
                   Channels& channels,
                   const WirePeer& peer);
  void refuse_record(const Rejection& rejection, const WireMessage& message);

  const RecordAgeLimits limits_;
  WireAccount account_;
  FibreSession fibres_;                                ///< after the account that it writes to
  std::unordered_map<std::string, Channels> streams_;  ///< heard and not ended
  std::size_t channel_count_ = 0;                      ///< over all streams
  std::atomic<bool> has_ended_{false};
};

}  // namespace geod::streams
