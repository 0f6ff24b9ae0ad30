#include "daemon/inference_worker.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace geod {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr auto kIdleBeat = 250ms;

/// Of the memory for windows that wait, what those of a candidate in shadow may take.
constexpr std::uint64_t kShadowShare = 4;

}  // namespace

InferenceWorker::InferenceWorker(models::Engine& engine,
                                 std::string base_id,
                                 const config::Config& config,
                                 Links links)
    : engine_(engine),
      base_id_(std::move(base_id)),
      scores_rest_in_shadow_(config.daemon.exit_when_sources_end),
      windows_(links.windows),
      picks_(links.picks),
      orders_(links.orders),
      order_was_done_(std::move(links.order_was_done)),
      stats_(links.stats),
      batcher_(config.models.max_batch, config.models.max_batch_delay),
      decoders_(decoder_settings(engine, base_id_), config.models),
      shadow_(config.models,
              base_id_,
              config.daemon.window_queue_bytes / kShadowShare,
              picks_,
              stats_) {}

Result<void> InferenceWorker::run() {
  while (!windows_.is_drained()) {
    const auto now = SteadyClock::now();
    const bool has_time = shadow_.may_score(now, batcher_.due_at());
    const auto wait_until =
        has_time ? now : std::min(batcher_.due_at().value_or(now + kIdleBeat), now + kIdleBeat);
    auto item = windows_.pop_until(wait_until);
    follow_orders();
    if (item) {
      if (auto taken = take(std::move(*item)); !taken) {
        return taken;
      }
    } else if (has_time && shadow_.may_score(SteadyClock::now(), batcher_.due_at())) {
      if (auto scored = shadow_.score_one(); !scored) {
        return scored;
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
  return shadow_.finish(scores_rest_in_shadow_);
}

/// Called between two batches only.
void InferenceWorker::follow_orders() {
  if (!orders_.has_mail()) {
    return;
  }
  for (NetworkOrder& order : orders_.take()) {
    const auto start = SteadyClock::now();
    NetworkTakenUp done;
    done.number = order.number;
    done.before = follow(std::move(order));
    done.at = SteadyClock::now();
    done.pause = done.at - start;
    order_was_done_(std::move(done));
  }
}

/// Returns what served before, where that was replaced.
std::unique_ptr<models::PreparedNetwork> InferenceWorker::follow(NetworkOrder order) {
  std::unique_ptr<models::PreparedNetwork> before;
  if (order.engine != nullptr && order.network != nullptr) {
    before = order.engine->replace(std::move(order.network));
  }
  if (order.role == Role::kShadow) {
    shadow_.follow(order.engine);
  } else {
    decoders_.change_network(decoder_settings(engine_, base_id_));
  }
  return before;
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
    shadow_.offer_end(end->instrument);
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
    follow_orders();
  }
  if (batcher_.empty()) {
    give_held_cursors();
  }
  return {};
}

Result<void> InferenceWorker::score(std::vector<Window> batch) {
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
  shadow_.offer(std::move(batch));
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
