#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/source_id.hpp"
#include "core/window.hpp"
#include "streams/fibre_sink.hpp"
#include "streams/record.hpp"
#include "streams/source_counters.hpp"

namespace geod::streams {

/// How a record came in.
struct Delivery {
  std::string_view source;  ///< configured name of the endpoint or file source
  std::chrono::steady_clock::time_point arrived_at;
  /// Sources that can be read again: everything up to and with this record. Streams have none.
  std::optional<Cursor> cursor;
};

/// An orderly end: nothing more comes from these channels until their publisher returns, so what
/// waits for later samples may go out.
struct StreamEnd {
  std::string_view source;
  std::string_view stream_id;  ///< wire id of the publisher, or the file source's name
  std::vector<SourceId> channels;
  std::string_view reason;  ///< for people; from outside, printable ASCII, may be empty
};

/// Takes what sources read. Called on the thread that polls the source (geod-io). It may block:
/// the source then reads no further and lossless senders wait.
class RecordSink {
 public:
  virtual ~RecordSink() = default;
  virtual void on_record(Record record, const Delivery& delivery) = 0;
  virtual void on_end(const StreamEnd& end) = 0;
};

/// Who takes what a source reads; both outlive the call.
struct SourceSinks {
  // NOLINTNEXTLINE(google-explicit-constructor): a sink of records is a whole answer
  SourceSinks(RecordSink& taker_of_records) : records(taker_of_records) {}
  SourceSinks(RecordSink& taker_of_records, FibreSink& taker_of_fibres)
      : records(taker_of_records), fibres(&taker_of_fibres) {}

  RecordSink& records;
  /// Null: nobody looks at fibres, their messages are refused as WireFault::kUnsupportedKind.
  FibreSink* fibres = nullptr;
};

/// What one endpoint or file source has done so far.
struct SourceStatus {
  std::string name;
  std::string endpoint;  ///< as bound or connected; the first path of a file source
  CounterSnapshot counters;
  bool has_ended = false;
};

/// Where records come from. Poll it from one thread; `wake` and `status` may be called from any.
///
///   while (!stop && !source.has_ended()) {
///     if (auto polled = source.poll(sink, 200ms); !polled) { report(polled.error()); }
///   }
class Source {
 public:
  virtual ~Source() = default;

  /// Delivers what has arrived, a bounded amount; waits up to `max_wait` when there is nothing.
  /// Bad input is counted and logged, never an error. An error means the source cannot go on.
  virtual Result<void> poll(const SourceSinks& sinks, std::chrono::milliseconds max_wait) = 0;

  /// Ends a waiting `poll` at once. Any thread, also a signal handler.
  virtual void wake() noexcept = 0;

  /// Everything this source will ever give has been delivered. Streams: every publisher that was
  /// heard has sent `end/1` and none came back. Thread: the polling one.
  virtual bool has_ended() const = 0;

  /// One entry an endpoint. Any thread.
  virtual std::vector<SourceStatus> status() const = 0;
};

}  // namespace geod::streams
