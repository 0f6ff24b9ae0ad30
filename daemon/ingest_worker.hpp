#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <stop_token>
#include <vector>

#include "config/streams_config.hpp"
#include "core/bounded_queue.hpp"
#include "core/error.hpp"
#include "daemon/fibre_queue.hpp"
#include "daemon/stats.hpp"
#include "daemon/work_items.hpp"
#include "streams/fibre_sink.hpp"
#include "streams/source.hpp"
#include "streams/stream_processor.hpp"
#include "streams/waveform_ring.hpp"

namespace geod {

/// The thread geod-io: polls the sources, hands records to the stream processor and pushes what
/// comes out into the window queue; what fibres bring goes on as it came. Sole user of sockets,
/// files, trace buffers and windowers.
class IngestWorker final : public streams::RecordSink, public streams::FibreSink {
 public:
  using Sources = std::vector<std::unique_ptr<streams::Source>>;

  /// `sources`, the queues and `stats` outlive this. `fibres` is null when nothing looks at fibres:
  /// their blocks are refused and counted. `ring` is null when nobody needs waveforms later.
  IngestWorker(const Sources& sources,
               const config::StreamsConfig& config,
               const streams::WindowGeometry& geometry,
               bool exit_when_sources_end,
               BoundedQueue<StreamItem>& queue,
               FibreQueue* fibres,
               streams::WaveformRing* ring,
               DaemonStats& stats);

  /// Polls until `stop` is requested or, if configured so, until every source has ended. Then
  /// closes every open window, so that nothing received goes unlooked at. Thread: geod-io.
  Result<void> run(std::stop_token stop);

  void on_record(streams::Record record, const streams::Delivery& delivery) override;
  void on_end(const streams::StreamEnd& end) override;
  void on_block(DasBlock block, const streams::Delivery& delivery) override;
  void on_fibre_gap(FibreGap gap) override;
  void on_fibre_end(FibreEnd end) override;
  void on_fibre_metadata(streams::FibreMetadata metadata) override;

 private:
  bool all_sources_ended() const;
  void forward();
  void push(StreamItem item, std::size_t bytes);
  void keep_what_is_not_a_window(StreamItem dropped);
  void push_fibre(FibreItem item);
  void publish_status();

  const Sources& sources_;
  streams::StreamProcessor processor_;
  const bool exit_when_sources_end_;
  BoundedQueue<StreamItem>& queue_;
  FibreQueue* const fibres_;
  streams::WaveformRing* const ring_;
  DaemonStats& stats_;

  streams::StreamOutput output_;  // reused between records
  std::chrono::steady_clock::time_point next_status_{};
};

}  // namespace geod
