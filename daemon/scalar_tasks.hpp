#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "core/bounded_queue.hpp"
#include "core/error.hpp"
#include "core/estimate.hpp"
#include "core/pick.hpp"
#include "core/window.hpp"
#include "daemon/s_after_p.hpp"
#include "daemon/stats.hpp"
#include "daemon/window_memory.hpp"
#include "daemon/work_items.hpp"
#include "models/engine.hpp"

namespace geod {

/// The tasks beside picking: polarity, back-azimuth, magnitude and distance of every P pick.
///
/// Windows that dpk has scored are kept until no pick that becomes final can need them. When a P
/// pick is final, the windows in which P lies where the bundle wants it wait for each task's
/// engine; scored, they become one Estimate a task, and distance, back-azimuth and S minus P one
/// StationLocation. What comes out depends on the windows and picks alone, never on when they were
/// scored or with which others. The windows of one pick are scored by one network: score_batch()
/// takes whole picks, and networks change between its calls.
///
/// A candidate in shadow scores the same windows; its estimates stay apart, and it is never waited
/// for. Thread: geod-infer only.
class ScalarTasks {
 public:
  using WindowPointer = WindowMemory::WindowPointer;

  struct Settings {
    std::size_t max_batch = 1;
    /// When too much waits: true sheds the oldest, false wants must_score() to be obeyed.
    bool sheds = false;
  };

  /// `picker` serves dpk. It, the queue and `stats` outlive this.
  ScalarTasks(const Settings& settings,
              const models::Engine& picker,
              BoundedQueue<SinkItem>& rows,
              DaemonStats& stats);

  /// `engine` serves `task` (not dpk) from the next batch on; null: nobody does, and what
  /// waits is shed. Its network may be replaced between two calls of this class.
  void set_active(models::Task task, models::Engine* engine);
  void set_candidate(models::Task task, models::Engine* engine);

  /// dpk has scored `window`; `picks` became final with it, in the order in which they came out.
  void push(const WindowPointer& window, std::span<const Pick> picks);
  /// The last picks of an instrument, or of all.
  void end(const InstrumentId& instrument, std::span<const Pick> picks);
  void end_all(std::span<const Pick> picks);

  /// A window waits for an active network, or only for a candidate.
  bool has_work() const { return waiting_windows(active_) > 0; }
  bool has_shadow_work() const { return waiting_windows(candidates_) > 0; }
  /// So much waits that it is to be scored before more windows are taken in.
  bool must_score() const { return waiting_windows(active_) > kMostWaiting; }

  /// Scores the windows of the picks that wait longest for one task, about a batch; gives what they
  /// say to the queue. Nothing to do: does nothing. kDevice when the device failed.
  Result<void> score_batch() { return score_oldest(active_, true); }
  Result<void> score_shadow_batch() { return score_oldest(candidates_, false); }

  /// The number of the next P pick; a cursor that was read now may be given out when it is_done.
  std::uint64_t next_pick() const { return next_pick_; }
  /// The active networks have nothing left to say of P picks before this number.
  bool is_done(std::uint64_t number) const {
    return unfinished_.empty() || *unfinished_.begin() >= number;
  }

 private:
  static constexpr std::size_t kTasks = kScalarTasks.size();
  /// Windows that wait for all tasks together; one window often waits for four.
  static constexpr std::size_t kMostWaiting = 512;

  /// The windows of one P pick for one task.
  struct Waiting {
    std::uint64_t number = 0;
    Estimate estimate;  ///< all but its value and its network
    std::vector<WindowPointer> windows;
  };
  struct Lane {
    models::Engine* engine = nullptr;
    std::deque<Waiting> waiting;
    std::size_t windows = 0;  ///< that wait
  };
  using Lanes = std::array<Lane, kTasks>;

  /// What is not told yet of a P pick.
  struct OpenPick {
    int tasks_left = 0;
    Time time;
    double uncertainty_s = 0.0;
    bool s_is_decided = false;
    std::optional<Pick> s;
    std::optional<Estimate> distance;
    std::optional<Estimate> back_azimuth;
  };

  static std::size_t waiting_windows(const Lanes& lanes);
  bool is_idle() const;
  void take_picks(std::span<const Pick> picks);
  void take_p(const Pick& pick);
  void take_decisions();
  bool enqueue(Lane& lane, const Pick& pick, std::uint64_t number);
  void shed();
  void drop_oldest(Lane& lane, bool is_active);
  Duration kept_span() const;
  Result<void> score_oldest(Lanes& lanes, bool is_active);
  void give(std::size_t task, Waiting done, std::span<const float> outputs, bool is_active);
  void task_is_done(std::uint64_t number);
  void close(std::map<std::uint64_t, OpenPick>::iterator open);

  const Settings settings_;
  const models::Engine& picker_;
  BoundedQueue<SinkItem>& rows_;
  DaemonStats& stats_;

  Lanes active_;
  Lanes candidates_;
  WindowMemory memory_;
  SAfterP s_after_p_;
  std::uint64_t next_pick_ = 0;
  std::map<std::uint64_t, OpenPick> open_;
  std::set<std::uint64_t> unfinished_;  ///< P picks for which an active task has something to say

  // Reused between calls.
  SAfterP::Decisions decisions_;
  models::ScoreBatch scores_;
};

}  // namespace geod
