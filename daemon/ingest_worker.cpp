#include "daemon/ingest_worker.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "core/log.hpp"
#include "daemon/status_json.hpp"

namespace geod {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

/// Longest wait for input when nothing comes: bounds how late a stop is seen and keeps the beat.
constexpr auto kIdleWait = 200ms;
constexpr auto kStatusInterval = 1s;

void keep_newest(std::atomic<std::int64_t>& newest, std::int64_t candidate) {
  if (candidate > newest.load(std::memory_order_relaxed)) {
    newest.store(candidate, std::memory_order_relaxed);  // single writer
  }
}

}  // namespace

IngestWorker::IngestWorker(const Sources& sources,
                           const config::StreamsConfig& config,
                           const streams::WindowGeometry& geometry,
                           bool exit_when_sources_end,
                           BoundedQueue<StreamItem>& queue,
                           FibreQueue* fibres,
                           streams::WaveformRing* ring,
                           DaemonStats& stats)
    : sources_(sources),
      processor_(config.continuity, config.windows, geometry),
      exit_when_sources_end_(exit_when_sources_end),
      queue_(queue),
      fibres_(fibres),
      ring_(ring),
      stats_(stats) {}

Result<void> IngestWorker::run(std::stop_token stop) {
  const streams::SourceSinks sinks =
      fibres_ == nullptr ? streams::SourceSinks(*this) : streams::SourceSinks(*this, *this);
  while (!stop.stop_requested()) {
    // With several sources none may make the others wait: only a lone one is waited for in full.
    const auto wait = kIdleWait / std::max<std::size_t>(sources_.size(), 1);
    for (const auto& source : sources_) {
      if (auto polled =
              source->poll(sinks, std::chrono::duration_cast<std::chrono::milliseconds>(wait));
          !polled) {
        return polled;
      }
    }
    stats_.io_beats.fetch_add(1, std::memory_order_relaxed);
    publish_status();
    if (exit_when_sources_end_ && all_sources_ended()) {
      break;
    }
  }
  processor_.finish_all(SteadyClock::now(), output_);
  forward();
  next_status_ = {};
  publish_status();
  return {};
}

void IngestWorker::on_record(streams::Record record, const streams::Delivery& delivery) {
  if (stats_.records.fetch_add(1, std::memory_order_relaxed) == 0) {
    stats_.first_record_ns.store(delivery.arrived_at.time_since_epoch().count());
  }
  stats_.record_bytes.fetch_add(record.header.length, std::memory_order_relaxed);
  keep_newest(stats_.newest_sample_ns, to_ns(record.header.end()));
  if (ring_ != nullptr) {
    ring_->push(record);
  }
  processor_.push(std::move(record), delivery.arrived_at, output_);
  forward();
  if (delivery.cursor) {
    push(*delivery.cursor, 0);
  }
  stats_.io_beats.fetch_add(1, std::memory_order_relaxed);
}

void IngestWorker::on_end(const streams::StreamEnd& end) {
  std::vector<InstrumentId> ended;
  for (const SourceId& channel : end.channels) {
    const InstrumentId instrument = channel.instrument_id();
    if (std::find(ended.begin(), ended.end(), instrument) == ended.end()) {
      processor_.end(instrument, SteadyClock::now(), output_);
      forward();
      ended.push_back(instrument);
    }
  }
}

void IngestWorker::on_block(DasBlock block, const streams::Delivery& delivery) {
  if (stats_.first_record_ns.load(std::memory_order_relaxed) == 0) {
    stats_.first_record_ns.store(delivery.arrived_at.time_since_epoch().count());
  }
  stats_.fibre_blocks.fetch_add(1, std::memory_order_relaxed);
  stats_.fibre_bytes.fetch_add(block.bytes(), std::memory_order_relaxed);
  keep_newest(stats_.newest_sample_ns, to_ns(block.end()));
  block.arrived_at = delivery.arrived_at;
  push_fibre(std::move(block));
  stats_.io_beats.fetch_add(1, std::memory_order_relaxed);
}

void IngestWorker::on_fibre_gap(FibreGap gap) {
  push_fibre(std::move(gap));
}

void IngestWorker::on_fibre_end(FibreEnd end) {
  push_fibre(std::move(end));
}

/// Of it geod takes where the fibre lies; the rest stands in the headers of the blocks.
void IngestWorker::on_fibre_metadata(streams::FibreMetadata metadata) {
  spdlog::info("msg=\"a publisher describes its fibre\" fibre={} bytes={}",
               metadata.fibre_id,
               metadata.json.size());
  push_fibre(std::move(metadata));
}

void IngestWorker::push_fibre(FibreItem item) {
  const std::size_t bytes = queue_bytes(item);
  fibres_->push(std::move(item), bytes);
}

bool IngestWorker::all_sources_ended() const {
  return std::all_of(
      sources_.begin(), sources_.end(), [](const auto& source) { return source->has_ended(); });
}

void IngestWorker::forward() {
  // Channels and events first: the rows they refer to then stand before the picks in the store.
  for (ChannelInfo& channel : output_.channels) {
    push(std::move(channel), 0);
  }
  for (ContinuityEvent& event : output_.events) {
    stats_.continuity_events.fetch_add(1, std::memory_order_relaxed);
    push(std::move(event), 0);
  }
  for (Window& window : output_.windows) {
    stats_.windows_cut.fetch_add(1, std::memory_order_relaxed);
    const std::size_t bytes = window.bytes();
    push(std::move(window), bytes);
  }
  for (InstrumentId& instrument : output_.ended) {
    push(InstrumentEnd{std::move(instrument)}, 0);
  }
  output_.clear();
}

void IngestWorker::push(StreamItem item, std::size_t bytes) {
  auto result = queue_.push(std::move(item), bytes);
  for (StreamItem& dropped : result.dropped) {
    keep_what_is_not_a_window(std::move(dropped));
  }
}

void IngestWorker::keep_what_is_not_a_window(StreamItem dropped) {
  const auto* window = std::get_if<Window>(&dropped);
  if (window == nullptr) {
    // Weighs nothing and is worth keeping; arriving later than its place is harmless.
    queue_.push(std::move(dropped), 0);
    return;
  }
  stats_.windows_shed.fetch_add(1, std::memory_order_relaxed);
  for (std::size_t c = 0; c < kComponents; ++c) {
    if (window->subsource[c] == '\0') {
      continue;
    }
    ContinuityEvent shed;
    shed.source_id = {window->instrument.network,
                      window->instrument.station,
                      window->instrument.location,
                      window->instrument.band,
                      window->instrument.source,
                      std::string(1, window->subsource[c])};
    shed.kind = ContinuityKind::kShed;
    shed.from = window->start;
    shed.to = window->start + window->rate.span_of(window->samples);
    shed.detail = "window queue full";
    queue_.push(std::move(shed), 0);
  }
  // An end must not be lost with the window that carried it.
  if (window->is_last) {
    queue_.push(InstrumentEnd{window->instrument}, 0);
  }
}

void IngestWorker::publish_status() {
  const auto now = SteadyClock::now();
  if (now < next_status_) {
    return;
  }
  next_status_ = now + kStatusInterval;
  std::vector<streams::SourceStatus> all;
  for (const auto& source : sources_) {
    for (auto& status : source->status()) {
      all.push_back(std::move(status));
    }
  }
  stats_.set_json(sources_to_json(all), stream_counters_to_json(processor_.counters()));
}

}  // namespace geod
