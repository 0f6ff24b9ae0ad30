#pragma once

#include <string>
#include <string_view>

#include "core/clock.hpp"
#include "core/log.hpp"
#include "streams/curve_allow_list.hpp"
#include "streams/json_fields.hpp"
#include "streams/source_counters.hpp"
#include "streams/wire_sequence.hpp"

namespace geod::streams {

/// Who sent a message.
struct WirePeer {
  std::string_view label;                 ///< address or name in the allow list, for logs
  const AllowedKey* permitted = nullptr;  ///< null: may send anything
};

/// How far from now a record or block may lie; 0: any time.
struct RecordAgeLimits {
  Duration max_future{0};
  Duration max_age{0};

  bool admit(Time start, Time end, Time now) const {
    return (max_future == Duration::zero() || start <= now + max_future) &&
           (max_age == Duration::zero() || end >= now - max_age);
  }
};

/// What is counted and logged of one endpoint's messages, whatever they carry: refusals by reason,
/// numbers that never came, repeated messages, restarts. One sequence an id, records and blocks
/// alike.
///
/// Thread: one (geod-io); the counters may be read by any.
class WireAccount {
 public:
  /// `clock` outlives the account.
  WireAccount(std::string source, const Clock& clock);

  /// Counts and logs a message that is refused.
  void refuse(WireFault fault, std::string_view detail, const WirePeer& peer);
  void refuse(const WireRejection& rejection, const WirePeer& peer) {
    refuse(rejection.fault, rejection.detail, peer);
  }

  /// Books a verdict of the ledger; true when the message is to be used.
  bool settle(const SequenceVerdict& verdict, std::string_view stream_id, const WirePeer& peer);

  /// True when a line for `key` may be logged now, with the number held back.
  bool may_log(const std::string& key, std::uint64_t* held_back = nullptr) {
    return log_limit_.allow(key, clock_.steady_now(), held_back);
  }

  const std::string& source() const { return source_; }
  const Clock& clock() const { return clock_; }
  SourceCounters& counters() { return counters_; }
  const SourceCounters& counters() const { return counters_; }
  SequenceLedger& ledger() { return ledger_; }

 private:
  const std::string source_;
  const Clock& clock_;
  SourceCounters counters_;
  SequenceLedger ledger_;
  log::RateLimit log_limit_;
};

}  // namespace geod::streams
