#include "daemon/inference_worker.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace geod {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr auto kIdleBeat = 250ms;

models::DecoderSettings decoder_settings(const models::Manifest& manifest) {
  models::DecoderSettings settings;
  settings.picks = manifest.picks;
  settings.rate = manifest.geometry.sampling_rate;
  settings.window_samples = manifest.geometry.window_samples;
  settings.model_id = manifest.model_id();
  settings.model_hash = manifest.weights_sha256;
  return settings;
}

}  // namespace

InferenceWorker::InferenceWorker(models::Engine& engine,
                                 const config::ModelsConfig& config,
                                 BoundedQueue<StreamItem>& windows,
                                 BoundedQueue<SinkItem>& picks,
                                 DaemonStats& stats)
    : engine_(engine),
      windows_(windows),
      picks_(picks),
      stats_(stats),
      batcher_(config.max_batch, config.max_batch_delay),
      decoders_(decoder_settings(engine.manifest()), config) {}

Result<void> InferenceWorker::run() {
  while (!windows_.is_drained()) {
    const auto wait_until = std::min(batcher_.due_at().value_or(SteadyClock::time_point::max()),
                                     SteadyClock::now() + kIdleBeat);
    if (auto item = windows_.pop_until(wait_until)) {
      if (auto taken = take(std::move(*item)); !taken) {
        return taken;
      }
    }
    if (auto scored = score_due(false); !scored) {
      return scored;
    }
    stats_.infer_beats.fetch_add(1, std::memory_order_relaxed);
  }
  if (auto scored = score_due(true); !scored) {
    return scored;
  }
  decoders_.flush_all(output_);
  give(output_);
  give_held_cursors();
  return {};
}

Result<void> InferenceWorker::take(StreamItem item) {
  if (auto* window = std::get_if<Window>(&item)) {
    batcher_.add(std::move(*window), SteadyClock::now());
  } else if (auto* end = std::get_if<InstrumentEnd>(&item)) {
    if (auto scored = score_due(true); !scored) {
      return scored;
    }
    decoders_.end(end->instrument, output_);
    give(output_);
  } else if (auto* cursor = std::get_if<Cursor>(&item)) {
    held_cursors_.push_back(std::move(*cursor));
    if (batcher_.empty()) {
      give_held_cursors();
    }
  } else if (auto* event = std::get_if<ContinuityEvent>(&item)) {
    picks_.push(std::move(*event));
  } else {
    picks_.push(std::move(std::get<ChannelInfo>(item)));
  }
  return {};
}

Result<void> InferenceWorker::score_due(bool all) {
  while (all ? !batcher_.empty() : batcher_.is_due(SteadyClock::now())) {
    if (auto scored = score(batcher_.take()); !scored) {
      return scored;
    }
  }
  if (batcher_.empty()) {
    give_held_cursors();
  }
  return {};
}

Result<void> InferenceWorker::score(const std::vector<Window>& batch) {
  pointers_.clear();
  for (const Window& window : batch) {
    pointers_.push_back(&window);
  }
  const auto start = SteadyClock::now();
  if (auto scored = engine_.score(pointers_, scores_); !scored) {
    return scored;
  }
  const auto elapsed = SteadyClock::now() - start;
  stats_.scoring_ns.fetch_add(static_cast<std::uint64_t>(elapsed.count()),
                              std::memory_order_relaxed);
  stats_.batches.fetch_add(1, std::memory_order_relaxed);
  for (std::size_t n = 0; n < batch.size(); ++n) {
    decoders_.push(batch[n], scores_.series(n, 0), scores_.series(n, 1), output_);
  }
  give(output_);
  stats_.windows_scored.fetch_add(batch.size(), std::memory_order_relaxed);
  stats_.infer_beats.fetch_add(1, std::memory_order_relaxed);
  return {};
}

void InferenceWorker::give(models::DecoderOutput& output) {
  for (CompletenessDelta& delta : output.completeness) {
    picks_.push(std::move(delta));
  }
  for (Pick& pick : output.picks) {
    stats_.picks_made.fetch_add(1, std::memory_order_relaxed);
    picks_.push(std::move(pick));
  }
  output.picks.clear();
  output.completeness.clear();
}

void InferenceWorker::give_held_cursors() {
  for (Cursor& cursor : held_cursors_) {
    picks_.push(std::move(cursor));
  }
  held_cursors_.clear();
}

}  // namespace geod
