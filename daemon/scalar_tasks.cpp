#include "daemon/scalar_tasks.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "catalog/station_location.hpp"
#include "models/scalar_decoder.hpp"

namespace geod {
namespace {

using SteadyClock = std::chrono::steady_clock;

/// Picks become final later than their place on the grid demands when higher peaks follow closely;
/// this many minimum distances are waited for.
constexpr int kChainedPeaks = 4;

models::Task task_at(std::size_t index) {
  constexpr models::Task kTasksInOrder[] = {
      models::Task::kPmp, models::Task::kBaz, models::Task::kEmg, models::Task::kDis};
  return kTasksInOrder[index];
}

std::size_t index_of(models::Task task) {
  std::size_t index = 0;
  while (index < kScalarTasks.size() && task_at(index) != task) {
    ++index;
  }
  GEOD_CHECK(index < kScalarTasks.size(), "dpk is no scalar task");
  return index;
}

/// Components that point up, north and east: 1 and 2 point anywhere.
bool is_oriented(const Window& window) {
  return window.subsource == std::array<char, kComponents>{'Z', 'N', 'E'};
}

void count(std::atomic<std::uint64_t>& counter) {
  counter.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

ScalarTasks::ScalarTasks(const Settings& settings,
                         const models::Engine& picker,
                         BoundedQueue<SinkItem>& rows,
                         DaemonStats& stats)
    : settings_(settings), picker_(picker), rows_(rows), stats_(stats) {}

void ScalarTasks::set_active(models::Task task, models::Engine* engine) {
  Lane& lane = active_[index_of(task)];
  while (engine == nullptr && !lane.waiting.empty()) {
    drop_oldest(lane, true);
  }
  lane.engine = engine;
}

void ScalarTasks::set_candidate(models::Task task, models::Engine* engine) {
  Lane& lane = candidates_[index_of(task)];
  while (engine == nullptr && !lane.waiting.empty()) {
    drop_oldest(lane, false);
  }
  lane.engine = engine;
}

std::size_t ScalarTasks::waiting_windows(const Lanes& lanes) {
  std::size_t windows = 0;
  for (const Lane& lane : lanes) {
    windows += lane.windows;
  }
  return windows;
}

bool ScalarTasks::is_idle() const {
  const auto has_none = [](const Lane& lane) { return lane.engine == nullptr; };
  return std::all_of(active_.begin(), active_.end(), has_none) &&
         std::all_of(candidates_.begin(), candidates_.end(), has_none);
}

/// How long before the newest window one may start that a pick can still need.
Duration ScalarTasks::kept_span() const {
  double farthest = 0.0;
  for (const Lanes* lanes : {&active_, &candidates_}) {
    for (const Lane& lane : *lanes) {
      farthest = lane.engine == nullptr ? farthest
                                        : std::max(farthest, lane.engine->manifest().scalar.p_to);
    }
  }
  const models::Manifest& manifest = picker_.manifest();
  const double window_s =
      to_seconds(manifest.geometry.sampling_rate.span_of(manifest.geometry.window_samples));
  return duration_from_seconds(farthest * window_s + kChainedPeaks * manifest.picks.min_distance_s);
}

void ScalarTasks::push(const WindowPointer& window, std::span<const Pick> picks) {
  if (is_idle() && open_.empty()) {
    memory_.forget_all();
    return;
  }
  memory_.push(window);
  take_picks(picks);
  memory_.prune(window->instrument, kept_span());
  if (window->is_last) {
    end(window->instrument, {});
    return;
  }
  const models::Manifest& manifest = picker_.manifest();
  const SampleRate rate = manifest.geometry.sampling_rate;
  const Time final_to =
      window->start + rate.span_of(manifest.picks.blind_left_samples + manifest.picks.hop_samples);
  s_after_p_.reach(window->instrument,
                   final_to - duration_from_seconds(manifest.picks.min_distance_s),
                   decisions_);
  take_decisions();
}

void ScalarTasks::end(const InstrumentId& instrument, std::span<const Pick> picks) {
  take_picks(picks);
  s_after_p_.end(instrument, decisions_);
  take_decisions();
  memory_.forget(instrument);
}

void ScalarTasks::end_all(std::span<const Pick> picks) {
  take_picks(picks);
  s_after_p_.end_all(decisions_);
  take_decisions();
  memory_.forget_all();
}

void ScalarTasks::take_picks(std::span<const Pick> picks) {
  for (const Pick& pick : picks) {
    if (pick.phase_hint == Phase::kP) {
      take_p(pick);
    } else {
      s_after_p_.on_s(pick, decisions_);
      take_decisions();
    }
  }
}

void ScalarTasks::take_p(const Pick& pick) {
  const std::uint64_t number = next_pick_++;
  OpenPick open;
  open.time = pick.time;
  open.uncertainty_s = pick.uncertainty_s;
  for (Lane& lane : active_) {
    if (enqueue(lane, pick, number)) {
      ++open.tasks_left;
    } else if (lane.engine != nullptr) {
      count(stats_.estimates_without_window);
    }
  }
  for (Lane& lane : candidates_) {
    enqueue(lane, pick, number);
  }
  if (open.tasks_left > 0) {
    unfinished_.insert(number);
    open_.emplace(number, std::move(open));
  }
  s_after_p_.on_p(pick, number, decisions_);
  take_decisions();
  shed();
}

/// False: the lane has no engine, or no window shows P where its bundle wants it.
bool ScalarTasks::enqueue(Lane& lane, const Pick& pick, std::uint64_t number) {
  if (lane.engine == nullptr) {
    return false;
  }
  const models::Manifest& manifest = lane.engine->manifest();
  // Windows that start later than this are cut after the pick became final.
  const double earliest = static_cast<double>(picker_.manifest().picks.blind_left_samples) /
                          static_cast<double>(picker_.manifest().geometry.window_samples);
  std::vector<WindowPointer> windows = memory_.around(
      pick.instrument, pick.time, std::max(manifest.scalar.p_from, earliest), manifest.scalar.p_to);
  if (manifest.task == models::Task::kBaz) {
    std::erase_if(windows, [](const WindowPointer& window) { return !is_oriented(*window); });
  }
  if (windows.empty()) {
    return false;
  }
  Waiting waiting;
  waiting.number = number;
  waiting.estimate.pick_id = pick.pick_id;
  waiting.estimate.instrument = pick.instrument;
  waiting.estimate.pick_time = pick.time;
  waiting.estimate.windows = static_cast<int>(windows.size());
  waiting.estimate.model_id = pick.model_id;
  waiting.estimate.model_hash = pick.model_hash;
  lane.windows += windows.size();
  waiting.windows = std::move(windows);
  lane.waiting.push_back(std::move(waiting));
  return true;
}

/// Keeps what waits within bounds where it may be dropped.
void ScalarTasks::shed() {
  const auto oldest = [](Lanes& lanes) {
    return std::min_element(lanes.begin(), lanes.end(), [](const Lane& a, const Lane& b) {
      return !a.waiting.empty() &&
             (b.waiting.empty() || a.waiting.front().number < b.waiting.front().number);
    });
  };
  while (settings_.sheds && waiting_windows(active_) > kMostWaiting) {
    drop_oldest(*oldest(active_), true);
  }
  while (waiting_windows(candidates_) > kMostWaiting) {
    drop_oldest(*oldest(candidates_), false);
  }
}

void ScalarTasks::drop_oldest(Lane& lane, bool is_active) {
  const std::uint64_t number = lane.waiting.front().number;
  lane.windows -= lane.waiting.front().windows.size();
  lane.waiting.pop_front();
  if (is_active) {
    count(stats_.estimates_shed);
    task_is_done(number);
  } else {
    count(stats_.shadow_estimates_skipped);
  }
}

Result<void> ScalarTasks::score_oldest(Lanes& lanes, bool is_active) {
  Lane* lane = nullptr;
  for (Lane& each : lanes) {
    if (!each.waiting.empty() &&
        (lane == nullptr || each.waiting.front().number < lane->waiting.front().number)) {
      lane = &each;
    }
  }
  if (lane == nullptr) {
    return {};
  }
  // Whole picks: at least one, then as many as fit.
  std::vector<Waiting> batch;
  std::vector<const Window*> windows;
  while (!lane->waiting.empty() &&
         (batch.empty() ||
          windows.size() + lane->waiting.front().windows.size() <= settings_.max_batch)) {
    for (const WindowPointer& window : lane->waiting.front().windows) {
      windows.push_back(window.get());
    }
    lane->windows -= lane->waiting.front().windows.size();
    batch.push_back(std::move(lane->waiting.front()));
    lane->waiting.pop_front();
  }
  const auto start = SteadyClock::now();
  std::vector<float> outputs;
  for (std::size_t at = 0; at < windows.size(); at += settings_.max_batch) {
    const std::size_t size = std::min(settings_.max_batch, windows.size() - at);
    const auto begin = SteadyClock::now();
    const auto scored = lane->engine->score(std::span(windows).subspan(at, size), scores_);
    if (!scored) {
      return scored;
    }
    if (is_active) {
      stats_.scalar_batch_time.add(SteadyClock::now() - begin);
    }
    outputs.insert(outputs.end(), scores_.values.begin(), scores_.values.end());
  }
  if (is_active) {
    const auto elapsed = SteadyClock::now() - start;
    stats_.scalar_scoring_ns.fetch_add(static_cast<std::uint64_t>(elapsed.count()),
                                       std::memory_order_relaxed);
    stats_.scalar_windows_scored.fetch_add(windows.size(), std::memory_order_relaxed);
  }
  const auto task = static_cast<std::size_t>(lane - lanes.data());
  std::size_t at = 0;
  for (Waiting& done : batch) {
    const std::size_t values = done.windows.size() * scores_.classes;
    give(task, std::move(done), std::span(outputs).subspan(at, values), is_active);
    at += values;
  }
  return {};
}

void ScalarTasks::give(std::size_t task,
                       Waiting done,
                       std::span<const float> outputs,
                       bool is_active) {
  const models::Engine& engine = *(is_active ? active_ : candidates_)[task].engine;
  const auto value = models::decode_scalar(task_at(task), engine.manifest().scalar, outputs);
  if (!value) {
    count(stats_.estimates_unusable);
  } else {
    done.estimate.value = *value;
    done.estimate.adapter_id = engine.manifest().model_id();
    done.estimate.adapter_hash = engine.adapter_hash();
  }
  if (!is_active) {
    if (value) {
      count(stats_.shadow_estimates_made);
      rows_.push(ShadowEstimate{std::move(done.estimate)});
    }
    return;
  }
  if (value) {
    count(stats_.estimates_made[task]);
    OpenPick& open = open_.at(done.number);
    if (std::holds_alternative<DistanceEstimate>(*value)) {
      open.distance = done.estimate;
    } else if (std::holds_alternative<BackAzimuthEstimate>(*value)) {
      open.back_azimuth = done.estimate;
    }
    rows_.push(std::move(done.estimate));
  }
  task_is_done(done.number);
}

void ScalarTasks::task_is_done(std::uint64_t number) {
  const auto open = open_.find(number);
  if (--open->second.tasks_left == 0) {
    unfinished_.erase(number);
    close(open);
  }
}

void ScalarTasks::take_decisions() {
  for (SAfterP::Decision& decision : decisions_) {
    const auto open = open_.find(decision.p);
    if (open != open_.end()) {
      open->second.s_is_decided = true;
      open->second.s = std::move(decision.s);
      close(open);
    }
  }
  decisions_.clear();
}

/// Gives the location, and forgets the pick, when nothing about it is awaited any more.
void ScalarTasks::close(std::map<std::uint64_t, OpenPick>::iterator open) {
  const OpenPick& pick = open->second;
  if (pick.tasks_left > 0 || !pick.s_is_decided) {
    return;
  }
  if (pick.distance && pick.back_azimuth) {
    std::optional<catalog::SMinusP> interval;
    if (pick.s) {
      interval = {to_seconds(pick.s->time - pick.time),
                  std::hypot(pick.uncertainty_s, pick.s->uncertainty_s)};
    }
    count(stats_.locations_made);
    rows_.push(catalog::locate_from_one_station(*pick.distance, *pick.back_azimuth, interval));
  }
  open_.erase(open);
}

}  // namespace geod
