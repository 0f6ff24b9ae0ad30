#pragma once

#include <atomic>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/clock.hpp"
#include "core/log.hpp"
#include "streams/curve_allow_list.hpp"
#include "streams/source.hpp"
#include "streams/wire_message.hpp"
#include "streams/wire_sequence.hpp"

namespace geod::streams {

/// Who sent a message.
struct WirePeer {
  std::string_view label;                 ///< address or name in the allow list, for logs
  const AllowedKey* permitted = nullptr;  ///< null: may send anything
};

/// How far from now a record may lie; 0: any time.
struct RecordAgeLimits {
  Duration max_future{0};
  Duration max_age{0};
};

/// Everything that is done with the messages of one geod-wire endpoint, without a socket: form,
/// permission, checksum, sequence account, splitting and decoding of records, delivery, counts,
/// rate-limited log. Whatever comes in, the worst is a count.
///
/// Thread: one (geod-io); `counters` and `has_ended` may be read by any.
class WireSession {
 public:
  /// Channels and stream ids kept account of; records of further ones are refused.
  static constexpr std::size_t kMaxStreams = SequenceLedger::kMaxStreams;
  static constexpr std::size_t kMaxChannels = 65'536;

  /// `clock` outlives the session.
  WireSession(std::string source, RecordAgeLimits limits, const Clock& clock);

  /// Takes one message, all frames of it.
  void handle(std::span<const Frame> frames, const WirePeer& peer, RecordSink& sink);

  /// Counts and logs a message that is refused before it is read.
  void refuse(WireFault fault, std::string_view detail, const WirePeer& peer);

  /// At least one stream was heard and each that was has ended. Thread: any.
  bool has_ended() const { return has_ended_.load(std::memory_order_acquire); }

  SourceCounters& counters() { return counters_; }
  const SourceCounters& counters() const { return counters_; }

 private:
  using Channels = std::set<SourceId>;

  void handle_data(const WireMessage& message, const WirePeer& peer, RecordSink& sink);
  void handle_end(const WireMessage& message, const WirePeer& peer, RecordSink& sink);
  bool settle(const SequenceVerdict& verdict, const WireMessage& message, const WirePeer& peer);
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

  const std::string source_;
  const RecordAgeLimits limits_;
  const Clock& clock_;
  SourceCounters counters_;
  SequenceLedger ledger_;
  log::RateLimit log_limit_;
  std::unordered_map<std::string, Channels> streams_;  ///< heard and not ended
  std::size_t channel_count_ = 0;                      ///< over all streams
  std::atomic<bool> has_ended_{false};
};

}  // namespace geod::streams
