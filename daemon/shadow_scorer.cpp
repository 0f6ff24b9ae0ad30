#include "daemon/shadow_scorer.hpp"

#include <array>
#include <utility>

namespace geod {
namespace {

using SteadyClock = std::chrono::steady_clock;

}  // namespace

models::DecoderSettings decoder_settings(const models::Engine& engine, const std::string& base_id) {
  const models::Manifest& manifest = engine.manifest();
  models::DecoderSettings settings;
  settings.picks = manifest.picks;
  settings.rate = manifest.geometry.sampling_rate;
  settings.window_samples = manifest.geometry.window_samples;
  settings.model_id = base_id;
  settings.model_hash = manifest.weights_sha256;
  settings.adapter_hash = engine.adapter_hash();
  settings.adapter_id = settings.adapter_hash.empty() ? "" : manifest.model_id();
  return settings;
}

ShadowScorer::ShadowScorer(const config::ModelsConfig& config,
                           std::string base_id,
                           std::uint64_t limit_bytes,
                           BoundedQueue<SinkItem>& picks,
                           DaemonStats& stats)
    : config_(config),
      base_id_(std::move(base_id)),
      limit_bytes_(limit_bytes),
      picks_(picks),
      stats_(stats) {}

void ShadowScorer::follow(models::Engine* engine) {
  if (decoders_) {
    decoders_->flush_all(output_);
    give();
    decoders_.reset();
  }
  engine_ = engine;
  if (engine_ == nullptr) {
    held_.clear();
    held_bytes_ = 0;
  } else {
    decoders_.emplace(decoder_settings(*engine_, base_id_), config_);
  }
}

void ShadowScorer::offer(std::span<const WindowPointer> batch) {
  if (engine_ == nullptr) {
    return;
  }
  for (const WindowPointer& window : batch) {
    held_bytes_ += window->bytes();
    held_.emplace_back(window);
  }
  while (held_bytes_ > limit_bytes_ && held_.size() > 1) {
    skip_oldest();
  }
}

void ShadowScorer::offer_end(const InstrumentId& instrument) {
  if (engine_ != nullptr) {
    held_.emplace_back(instrument);
    end_leading_instruments();
  }
}

bool ShadowScorer::may_score(SteadyTime now, std::optional<SteadyTime> next_due) const {
  return !held_.empty() && (!next_due || now + last_forward_ <= *next_due);
}

Result<void> ShadowScorer::score_one() {
  const WindowPointer window = std::get<WindowPointer>(std::move(held_.front()));
  held_.pop_front();
  held_bytes_ -= window->bytes();
  const std::array<const Window*, 1> batch{window.get()};
  const auto start = SteadyClock::now();
  if (auto scored = engine_->score(batch, scores_); !scored) {
    return scored;
  }
  last_forward_ = SteadyClock::now() - start;
  decoders_->push(*window, scores_.series(0, 0), scores_.series(0, 1), output_);
  stats_.shadow_windows_scored.fetch_add(1, std::memory_order_relaxed);
  end_leading_instruments();
  give();
  return {};
}

Result<void> ShadowScorer::finish(bool score_rest) {
  while (!held_.empty()) {
    if (!score_rest) {
      skip_oldest();
    } else if (auto scored = score_one(); !scored) {
      return scored;
    }
  }
  if (decoders_) {
    decoders_->flush_all(output_);
    give();
  }
  return {};
}

/// Afterwards the oldest item, if any, is a window.
void ShadowScorer::end_leading_instruments() {
  while (!held_.empty() && std::holds_alternative<InstrumentId>(held_.front())) {
    decoders_->end(std::get<InstrumentId>(held_.front()), output_);
    held_.pop_front();
  }
  give();
}

void ShadowScorer::skip_oldest() {
  held_bytes_ -= std::get<WindowPointer>(held_.front())->bytes();
  held_.pop_front();
  stats_.shadow_windows_skipped.fetch_add(1, std::memory_order_relaxed);
  end_leading_instruments();
}

/// What the candidate looked at is told by counters; the completeness table is of the catalogue.
void ShadowScorer::give() {
  for (Pick& pick : output_.picks) {
    picks_.push(ShadowPick{std::move(pick)});
  }
  output_.picks.clear();
  output_.completeness.clear();
}

}  // namespace geod
