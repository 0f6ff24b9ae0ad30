#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "streams/bridge_translator.hpp"
#include "streams/wire_publisher.hpp"

namespace geod::streams {

/// Protocols of interrogators and their software.
enum class BridgeKind : std::uint8_t { kAsn, kFebus, kXdas };

struct BridgeOptions {
  BridgeKind kind = BridgeKind::kAsn;
  std::string from;            ///< ZeroMQ endpoint of the interrogator
  PublisherOptions publisher;  ///< to the daemon; `stream_id` is the fibre's id
  FebusStamp febus_stamp = FebusStamp::kMiddle;
  Duration patience = std::chrono::seconds{30};  ///< for the daemon to appear
  Duration drain_patience = std::chrono::seconds{10};
};

struct BridgeCounts {
  std::uint64_t blocks = 0;
  std::uint64_t refused = 0;  ///< messages of the interrogator that were not understood
  std::uint64_t skipped = 0;  ///< sets of a Febus that were never seen
};

/// Passes an interrogator's live data on to a daemon as `das/1` until stopped; then sends the end.
/// A process of its own, so that a vendor's parser cannot take the daemon down. Messages that are
/// not understood are counted and logged. A Febus is asked twice a block, and its connection made
/// anew when no answer comes within ten seconds.
///
/// Errors: kConfig (endpoints), kDisconnected (no daemon), kIo.
Result<BridgeCounts> run_bridge(const BridgeOptions& options,
                                const Clock& clock,
                                std::stop_token stop);

}  // namespace geod::streams
