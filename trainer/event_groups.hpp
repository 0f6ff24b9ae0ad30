#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/time.hpp"
#include "core/waveform_source.hpp"
#include "trainer/catalog_labels.hpp"

namespace geod::trainer {

/// Folds that a catalogue is divided into; the last holds the newest events. A single group of
/// events is in fold 0.
inline constexpr int kCatalogFolds = 10;

/// Events whose waves mingle, and the span of time that is theirs alone: no sample of it is in the
/// span of another group, so that what a network is scored on was never part of what it was trained
/// on.
struct EventGroup {
  std::vector<std::size_t> events;  ///< places in the list of events
  TimeSpan span;
  int fold = 0;
};

/// Groups of events whose arrivals lie among each other, or less than 4 s apart, in the order of
/// time. A group's span
/// reaches `before` its first label and `after` its last, but not beyond half the way to the next
/// group's. Folds are tenths of the groups in the order of time, so that a swarm is not on both
/// sides of a split. `events` ascend in their first arrivals.
std::vector<EventGroup> group_events(std::span<const LabelledEvent> events,
                                     Duration before,
                                     Duration after);

/// What of `span` lies at least `after` later than any of `busy` and `before` earlier than the next
/// one; pieces shorter than `least` are left out. `busy` ascends.
std::vector<TimeSpan> quiet_spans(const TimeSpan& span,
                                  std::span<const Time> busy,
                                  Duration before,
                                  Duration after,
                                  Duration least);

}  // namespace geod::trainer
