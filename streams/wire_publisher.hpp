#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

#include <zmq.hpp>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "streams/das_header.hpp"
#include "streams/source_counters.hpp"
#include "streams/wire_message.hpp"
#include "streams/zmq_monitor.hpp"

namespace geod::streams {

/// How a publisher reaches its receivers.
enum class PublisherMode {
  kPushConnect,  ///< to a daemon that binds PULL: lossless, the daemon's pace
  kPushBind,     ///< daemons connect PULL
  kPubBind,      ///< any number of SUB receivers; waits for slow ones instead of dropping
};

struct PublisherOptions {
  std::string endpoint;
  PublisherMode mode = PublisherMode::kPushConnect;
  std::string stream_id = "replay";  ///< of all messages
  /// kMiniSeed or kDas: what a PUB receiver must have subscribed to before it counts.
  WireKind content = WireKind::kMiniSeed;
  /// CURVE client (kPushConnect only): both or neither.
  std::string secret_key_file;
  std::string server_public_key;
};

/// The sending side of geod-wire 1 for one stream: numbers its messages, adds checksums, beats.
///
/// Thread: one. Nothing is lost on the way to a receiver that is there: `send_records` waits.
class WirePublisher {
 public:
  /// Binds or connects; does not wait. Errors: kConfig (endpoint, id, keys), kIo.
  static Result<std::unique_ptr<WirePublisher>> open(const PublisherOptions& options,
                                                     const Clock& clock);

  /// Waits for the first receiver, up to `patience`. Errors: kDisconnected when none came or it
  /// refused this publisher's key, kCancelled.
  Result<void> wait_for_receiver(Duration patience, std::stop_token stop);

  /// One message of whole records, back to back; waits for room as long as it takes and calls
  /// `while_waiting` meanwhile. Errors: kCancelled, kIo.
  Result<void> send_records(std::span<const std::byte> records,
                            std::stop_token stop,
                            const std::function<void()>& while_waiting);

  /// One block of a fibre. `header` gets id, boot, number and checksum here; `samples` are as it
  /// says. Waits and errors as send_records.
  Result<void> send_block(DasHeader header,
                          std::span<const std::byte> samples,
                          std::stop_token stop,
                          const std::function<void()>& while_waiting);

  /// `dasmeta/1`: one JSON object. Waits and errors as send_records; takes no number.
  Result<void> send_metadata(std::string_view json,
                             std::stop_token stop,
                             const std::function<void()>& while_waiting);

  /// Sends a heartbeat when the last is a second old and there is room; else does nothing.
  Result<void> beat_if_due();

  /// Sends the end, then closes once the receiver's side has taken everything. Not interrupted by
  /// `stop` after the end was sent. Errors: kDisconnected when that took longer than `patience`,
  /// kCancelled, kIo.
  Result<void> finish(std::string_view reason, Duration patience, std::stop_token stop);

  /// As bound or connected.
  std::string address() const { return address_; }
  std::uint64_t messages() const { return next_seq_; }

 private:
  WirePublisher(const PublisherOptions& options, const Clock& clock);
  Result<void> attach();
  Result<bool> try_send(std::span<const Frame> frames);
  Result<void> send(std::span<const Frame> frames,
                    std::stop_token stop,
                    const std::function<void()>& while_waiting);
  bool has_subscriber();
  void wait_until_taken(std::chrono::steady_clock::time_point deadline);
  tl::unexpected<Error> error(const zmq::error_t& error) const;

  const PublisherOptions options_;
  const Clock& clock_;
  const std::uint64_t boot_;
  std::uint64_t next_seq_ = 0;
  std::chrono::steady_clock::time_point next_beat_;
  std::string address_;
  bool was_subscribed_ = false;
  SourceCounters connections_;
  zmq::context_t context_;
  zmq::socket_t socket_;
  std::optional<ZmqMonitor> monitor_;
};

}  // namespace geod::streams
