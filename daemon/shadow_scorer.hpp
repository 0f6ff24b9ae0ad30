#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "config/models_config.hpp"
#include "core/bounded_queue.hpp"
#include "core/error.hpp"
#include "daemon/stats.hpp"
#include "daemon/work_items.hpp"
#include "models/engine.hpp"
#include "models/pick_decoders.hpp"

namespace geod {

/// What all decoders of a network's picks have in common. `base_id`: of the base model.
models::DecoderSettings decoder_settings(const models::Engine& engine, const std::string& base_id);

/// A candidate for dpk beside the active network: scores the windows that the active one scored,
/// one at a time and only while geod-infer would otherwise wait, and gives the picks out as shadow
/// picks. Windows that it has no time for are held up to a limit, then the oldest are skipped and
/// counted. Thread: geod-infer only.
class ShadowScorer {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;
  using WindowPointer = std::shared_ptr<const Window>;

  /// `limit_bytes`: of windows that are held. The queue and `stats` outlive this.
  ShadowScorer(const config::ModelsConfig& config,
               std::string base_id,
               std::uint64_t limit_bytes,
               BoundedQueue<SinkItem>& picks,
               DaemonStats& stats);

  /// `engine` is the candidate from now on; null: there is none, what is held is dropped. Called
  /// again when the network of the engine was replaced. Picks of the one before become final.
  void follow(models::Engine* engine);

  /// The active network has scored these.
  void offer(std::span<const WindowPointer> batch);
  /// Nothing more comes from `instrument`.
  void offer_end(const InstrumentId& instrument);

  /// There is a window to score, and scoring it takes about no longer than until `next_due`.
  bool may_score(SteadyTime now, std::optional<SteadyTime> next_due) const;

  /// Scores the oldest window that is held. kDevice when the device failed.
  Result<void> score_one();

  /// No more windows come. `score_rest`: scores what is held first; else it is skipped.
  Result<void> finish(bool score_rest);

 private:
  using Item = std::variant<WindowPointer, InstrumentId>;

  void end_leading_instruments();
  void skip_oldest();
  void give();

  const config::ModelsConfig config_;
  const std::string base_id_;
  const std::uint64_t limit_bytes_;
  BoundedQueue<SinkItem>& picks_;
  DaemonStats& stats_;

  models::Engine* engine_ = nullptr;
  std::optional<models::PickDecoders> decoders_;
  std::deque<Item> held_;
  std::uint64_t held_bytes_ = 0;
  std::chrono::nanoseconds last_forward_{};

  models::ScoreBatch scores_;
  models::DecoderOutput output_;
};

}  // namespace geod
