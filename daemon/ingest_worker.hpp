#pragma once

#include <memory>
#include <stop_token>
#include <unordered_map>
#include <vector>

#include "core/bounded_queue.hpp"
#include "core/error.hpp"
#include "daemon/stats.hpp"
#include "daemon/work_items.hpp"
#include "streams/source.hpp"
#include "streams/stream_processor.hpp"

namespace geod {

/// The thread geod-io: polls the sources, hands records to the stream processor and pushes what
/// comes out into the window queue. Sole owner of sockets, trace buffers and windowers.
class IngestWorker final : public streams::RecordSink {
 public:
  /// `queue` and `stats` outlive this.
  IngestWorker(std::vector<std::unique_ptr<streams::Source>> sources,
               streams::StreamProcessor processor,
               bool exit_when_sources_end,
               BoundedQueue<StreamItem>& queue,
               DaemonStats& stats);

  /// Polls until `stop` is requested or, if configured so, until every source has ended. Then
  /// closes every open window, so that nothing received goes unlooked at. Thread: geod-io.
  Result<void> run(std::stop_token stop);

  /// Ends a waiting poll at once. Any thread.
  void wake() noexcept;

  void on_record(streams::Record record, const streams::Delivery& delivery) override;
  void on_end(const streams::StreamEnd& end) override;

 private:
  bool all_sources_ended() const;
  void forward(streams::StreamOutput& output);
  void push(StreamItem item, std::size_t weight);
  void publish_source_status(std::chrono::steady_clock::time_point now);

  std::vector<std::unique_ptr<streams::Source>> sources_;
  streams::StreamProcessor processor_;
  const bool exit_when_sources_end_;
  BoundedQueue<StreamItem>& queue_;
  DaemonStats& stats_;
  std::stop_token stop_;
  streams::StreamOutput output_;  // reused between records
  std::chrono::steady_clock::time_point next_status_{};
};

}  // namespace geod
