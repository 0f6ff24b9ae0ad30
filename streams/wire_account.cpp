#include "streams/wire_account.hpp"

#include <utility>

#include <fmt/format.h>

namespace geod::streams {

WireAccount::WireAccount(std::string source, const Clock& clock)
    : source_(std::move(source)), clock_(clock) {}

void WireAccount::refuse(WireFault fault, std::string_view detail, const WirePeer& peer) {
  counters_.refuse(fault);
  std::uint64_t held_back = 0;
  const std::string key = fmt::format("{}|{}", to_string(fault), peer.label);
  if (may_log(key, &held_back)) {
    spdlog::warn("source={} peer={} refused={} held_back={} what=\"{}\"",
                 source_,
                 peer.label,
                 to_string(fault),
                 held_back,
                 detail);
  }
}

bool WireAccount::settle(const SequenceVerdict& verdict,
                         std::string_view stream_id,
                         const WirePeer& peer) {
  using Kind = SequenceVerdict::Kind;
  switch (verdict.kind) {
    case Kind::kDuplicate:
      SourceCounters::add(counters_.duplicates);
      return false;
    case Kind::kAbsurd:
      refuse(WireFault::kSequence,
             fmt::format("stream {}: sequence number absurdly far ahead", stream_id),
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
  std::uint64_t held_back = 0;
  if (verdict.is_restart && may_log(fmt::format("restart|{}", stream_id))) {
    spdlog::info("source={} stream={} publisher restarted", source_, stream_id);
  }
  if (verdict.missing > 0 && may_log(fmt::format("missing|{}", stream_id), &held_back)) {
    spdlog::warn("source={} stream={} missing_messages={} held_back={}",
                 source_,
                 stream_id,
                 verdict.missing,
                 held_back);
  }
  return true;
}

}  // namespace geod::streams
