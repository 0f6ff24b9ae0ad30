#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "trainer/recording.hpp"

namespace geod::trainer {

/// Which share of the earthquakes a run trains on, validates on, and is tested on. The published
/// few-shot protocol is 0.1 / 0.05 / 0.85.
struct EventShares {
  double train = 0.1;
  /// The largest `train` of a series of runs: validation and test begin after it, so that they are
  /// the same for every smaller share. At least `train`.
  double pool = 0.1;
  double validation = 0.05;
  std::uint64_t seed = 1;  ///< of the order of the earthquakes
  bool operator==(const EventShares&) const = default;
};

enum class EventPart : std::uint8_t { kTrain, kUnused, kValidation, kTest };

/// Part of each recording. Recordings of one event share theirs; one without an event is its own.
/// Events are put into an order that depends on their names and the seed alone, and cut at the
/// shares (rounded down, at least one to train and one to validate on): the events of a smaller
/// share are among those of a larger one.
std::vector<EventPart> parts_by_event(std::span<const Recording> recordings,
                                      const EventShares& shares);

}  // namespace geod::trainer
