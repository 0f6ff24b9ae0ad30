#include "streams/wire_sequence.hpp"

#include <algorithm>
#include <limits>

namespace geod::streams {

using Kind = SequenceVerdict::Kind;

SequenceVerdict SequenceLedger::on_data(std::string_view stream_id,
                                        std::uint64_t boot,
                                        std::uint64_t seq) {
  return advance(stream_id, boot, seq, 1);
}

SequenceVerdict SequenceLedger::on_next_seq(std::string_view stream_id,
                                            std::uint64_t boot,
                                            std::uint64_t next_seq) {
  SequenceVerdict verdict = advance(stream_id, boot, next_seq, 0);
  if (verdict.kind == Kind::kDuplicate) {
    verdict.kind = Kind::kAccept;  // a heartbeat repeats what is known: nothing to drop
  }
  return verdict;
}

void SequenceLedger::forget(std::string_view stream_id) {
  if (const auto found = streams_.find(stream_id); found != streams_.end()) {
    streams_.erase(found);
  }
}

/// The publisher has used every number below `seq` and `used` numbers from it.
SequenceVerdict SequenceLedger::advance(std::string_view stream_id,
                                        std::uint64_t boot,
                                        std::uint64_t seq,
                                        std::uint64_t used) {
  if (seq == std::numeric_limits<std::uint64_t>::max()) {
    return {Kind::kAbsurd, 0, false};  // no number can follow it
  }
  const auto found = streams_.find(stream_id);
  if (found == streams_.end()) {
    if (streams_.size() >= kMaxStreams) {
      return {Kind::kTooManyStreams, 0, false};
    }
    streams_.emplace(std::string(stream_id), std::vector<Boot>{{boot, seq + used}});
    return {};
  }
  std::vector<Boot>& boots = found->second;
  auto known = std::ranges::find(boots, boot, &Boot::boot);
  const bool is_restart = known == boots.end();
  const std::uint64_t expected = is_restart ? 0 : known->next_seq;
  if (seq < expected) {
    return {Kind::kDuplicate, 0, false};
  }
  if (seq - expected > kMaxJump) {
    return {Kind::kAbsurd, 0, false};
  }
  if (is_restart) {
    if (boots.size() == kBootsKept) {
      boots.erase(boots.begin());
    }
    known = boots.insert(boots.end(), Boot{boot, 0});
  }
  known->next_seq = seq + used;
  return {Kind::kAccept, seq - expected, is_restart};
}

}  // namespace geod::streams
