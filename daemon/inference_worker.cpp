#include "daemon/inference_worker.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "daemon/bundles.hpp"

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
      shadow_(
          config.models, base_id_, config.daemon.window_queue_bytes / kShadowShare, picks_, stats_),
      config_(config.models),
      scalar_tasks_(
          {config.models.max_batch, config.daemon.overload == config::Overload::kDropOldest},
          engine,
          picks_,
          stats_) {}

Result<void> InferenceWorker::run() {
  while (!windows_.is_drained()) {
    const auto now = SteadyClock::now();
    const bool has_time = scalar_tasks_.has_work() ||
                          (scalar_tasks_.has_shadow_work() && batcher_.empty()) ||
                          shadow_.may_score(now, batcher_.due_at());
    const auto wait_until =
        has_time ? now : std::min(batcher_.due_at().value_or(now + kIdleBeat), now + kIdleBeat);
    auto item = windows_.pop_until(wait_until);
    const bool nothing_to_read = !item;
    follow_orders();
    if (item) {
      if (auto taken = take(std::move(*item)); !taken) {
        return taken;
      }
    }
    if (auto scored = score_due(false); !scored) {
      return scored;
    }
    if (auto scored = score_scalar_tasks(nothing_to_read); !scored) {
      return scored;
    }
    if (nothing_to_read && !scalar_tasks_.has_work()) {
      if (auto scored = score_shadow(); !scored) {
        return scored;
      }
    }
    stats_.infer_beats.fetch_add(1, std::memory_order_relaxed);
  }
  return finish();
}

/// After a due batch of dpk: one batch of another task when there is time, and as many as it takes
/// when too much waits.
Result<void> InferenceWorker::score_scalar_tasks(bool has_time) {
  Result<void> scored;
  if (has_time && scalar_tasks_.has_work()) {
    scored = scalar_tasks_.score_batch();
  }
  while (scored && scalar_tasks_.must_score()) {
    scored = scalar_tasks_.score_batch();
    stats_.infer_beats.fetch_add(1, std::memory_order_relaxed);
  }
  give_held_cursors();
  return scored;
}

/// Something for a candidate, when no batch falls due meanwhile.
Result<void> InferenceWorker::score_shadow() {
  if (shadow_.may_score(SteadyClock::now(), batcher_.due_at())) {
    return shadow_.score_one();
  }
  return batcher_.empty() ? scalar_tasks_.score_shadow_batch() : Result<void>{};
}

/// Nothing more will come.
Result<void> InferenceWorker::finish() {
  if (auto scored = score_due(true); !scored) {
    return scored;
  }
  decoders_.flush_all(output_);
  stats_.set_decoder_counters(decoders_.counters());
  scalar_tasks_.end_all(output_.picks);
  give(output_);
  while (scalar_tasks_.has_work()) {
    if (auto scored = scalar_tasks_.score_batch(); !scored) {
      return scored;
    }
    stats_.infer_beats.fetch_add(1, std::memory_order_relaxed);
  }
  give_held_cursors();
  while (scores_rest_in_shadow_ && scalar_tasks_.has_shadow_work()) {
    if (auto scored = scalar_tasks_.score_shadow_batch(); !scored) {
      return scored;
    }
  }
  return shadow_.finish(scores_rest_in_shadow_);
}

/// Called between two batches only.
void InferenceWorker::follow_orders() {
  if (!orders_.has_mail()) {
    return;
  }
  for (NetworkOrder<models::Engine>& order : orders_.take()) {
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
std::unique_ptr<models::PreparedNetwork> InferenceWorker::follow(
    NetworkOrder<models::Engine> order) {
  std::unique_ptr<models::PreparedNetwork> before;
  if (order.engine != nullptr && order.network != nullptr) {
    before = order.engine->replace(std::move(order.network));
  }
  if (order.task != models::Task::kDpk) {
    models::Engine* const engine = is_wanted(config_, order.task) ? order.engine : nullptr;
    if (order.role == Role::kShadow) {
      scalar_tasks_.set_candidate(order.task, engine);
    } else {
      scalar_tasks_.set_active(order.task, engine);
    }
  } else if (order.role == Role::kShadow) {
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
    scalar_tasks_.end(end->instrument, output_.picks);
    give(output_);
    shadow_.offer_end(end->instrument);
  } else if (auto* cursor = std::get_if<Cursor>(&item)) {
    held_cursors_.push_back({std::move(*cursor), std::nullopt});
    give_held_cursors();
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
  give_held_cursors();
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
  stats_.batch_time.add(elapsed);
  std::vector<ScalarTasks::WindowPointer> windows;
  windows.reserve(batch.size());
  for (std::size_t n = 0; n < batch.size(); ++n) {
    windows.push_back(std::make_shared<const Window>(std::move(batch[n])));
    const std::size_t known = output_.picks.size();
    decoders_.push(*windows[n], scores_.series(n, 0), scores_.series(n, 1), output_);
    scalar_tasks_.push(windows[n], std::span(output_.picks).subspan(known));
  }
  give(output_);
  stats_.set_decoder_counters(decoders_.counters());
  stats_.windows_scored.fetch_add(windows.size(), std::memory_order_relaxed);
  shadow_.offer(windows);
  stats_.infer_beats.fetch_add(1, std::memory_order_relaxed);
  return {};
}

/// The picks first: who knows how far an instrument was looked at knows the picks until then.
void InferenceWorker::give(models::DecoderOutput& output) {
  for (Pick& pick : output.picks) {
    stats_.picks_made.fetch_add(1, std::memory_order_relaxed);
    picks_.push(std::move(pick));
  }
  for (CompletenessDelta& delta : output.completeness) {
    picks_.push(std::move(delta));
  }
  output.picks.clear();
  output.completeness.clear();
}

void InferenceWorker::give_held_cursors() {
  if (batcher_.empty()) {
    for (HeldCursor& held : held_cursors_) {
      held.picks_before = held.picks_before.value_or(scalar_tasks_.next_pick());
    }
  }
  while (!held_cursors_.empty() && held_cursors_.front().picks_before &&
         scalar_tasks_.is_done(*held_cursors_.front().picks_before)) {
    picks_.push(std::move(held_cursors_.front().cursor));
    held_cursors_.pop_front();
  }
}

}  // namespace geod
