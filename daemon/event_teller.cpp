#include "daemon/event_teller.hpp"

#include <algorithm>
#include <utility>

#include "catalog/event_windows.hpp"

namespace geod {
namespace {

using SteadyClock = std::chrono::steady_clock;

/// Nobody sends samples.
class NoWaveforms final : public WaveformSource {
 public:
  Result<std::vector<Waveform>> read(const SourceId&, Time, Time) const override {
    return std::vector<Waveform>{};
  }
};

}  // namespace

void EventTeller::tell(std::vector<EventChange> changes, const Known& known) {
  for (EventChange& change : changes) {
    const auto held = std::find_if(held_.begin(), held_.end(), [&](const Held& each) {
      return each.change.event.event_id == change.event.event_id;
    });
    if (held != held_.end()) {
      send(std::move(held->change), known);
      held_.erase(held);
    }
    if (change.event.status == EventStatus::kFinal && links_.waveforms != nullptr) {
      const catalog::MagnitudeMeasure measure(known.travel_times, magnitudes_);
      const Time complete_at = measure.complete_at(
          change.event, known.picks.magnitude_picks(change.event), known.inventory);
      if (!known.complete_until || complete_at > *known.complete_until) {
        held_.push_back({std::move(change), complete_at});
        continue;
      }
    }
    send(std::move(change), known);
  }
}

void EventTeller::tell_held(const Known& known, bool at_once) {
  std::vector<Held> waiting;
  for (Held& held : std::exchange(held_, {})) {
    if (at_once || (known.complete_until && held.complete_at <= *known.complete_until)) {
      send(std::move(held.change), known);
    } else {
      waiting.push_back(std::move(held));
    }
  }
  held_ = std::move(waiting);
}

void EventTeller::send(EventChange change, const Known& known) {
  if (change.event.status != EventStatus::kWithdrawn) {
    measure(change.event, known);
  }
  if (change.event.status == EventStatus::kFinal) {
    keep_waveforms(change.event, known);
  }
  count(change.event, known);
  if (links_.rows.push(std::move(change)).accepted) {
    ++told_;
  }
}

void EventTeller::measure(EventVersion& event, const Known& known) {
  static const NoWaveforms kNone;
  const auto begin = SteadyClock::now();
  const catalog::MagnitudeMeasure measure(known.travel_times, magnitudes_);
  const WaveformSource& waveforms = links_.waveforms == nullptr ? kNone : *links_.waveforms;
  catalog::MagnitudeMeasure::Outcome measured =
      measure.measure(event, known.picks.magnitude_picks(event), known.inventory, waveforms);
  event.magnitudes = std::move(measured.magnitudes);
  event.uncounted_amplitudes = std::move(measured.uncounted);
  links_.stats.association.magnitudes.add(SteadyClock::now() - begin);
}

void EventTeller::keep_waveforms(const EventVersion& event, const Known& known) const {
  if (links_.keeper == nullptr) {
    return;
  }
  for (const catalog::EventWindow& window :
       catalog::event_windows(event, known.inventory, known.travel_times)) {
    links_.keeper->keep({window.instrument, window.span.from, window.span.to});
  }
}

void EventTeller::count(const EventVersion& event, const Known& known) {
  AssociationStats& stats = links_.stats.association;
  stats.versions.fetch_add(1, std::memory_order_relaxed);
  if (event.status == EventStatus::kFinal) {
    stats.finished.fetch_add(1, std::memory_order_relaxed);
  } else if (event.status == EventStatus::kWithdrawn) {
    stats.withdrawn.fetch_add(1, std::memory_order_relaxed);
  }
  if (event.version != 1) {
    return;
  }
  stats.events.fetch_add(1, std::memory_order_relaxed);
  std::optional<SteadyClock::time_point> completed;
  for (const OriginArrival& arrival : event.arrivals) {
    if (const auto at = known.picks.completed_at(arrival.pick_id)) {
      completed = std::max(completed.value_or(*at), *at);
    }
  }
  if (completed) {
    stats.latency.add(SteadyClock::now() - *completed);
  }
  // Of a replay the time since the earthquake says nothing.
  constexpr Duration kLive = std::chrono::minutes{10};
  const Duration delay = links_.clock.now() - event.origin.time;
  if (delay > Duration{} && delay < kLive) {
    stats.delay.add(delay);
  }
}

}  // namespace geod
