#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "core/time.hpp"

namespace geod::catalog {

/// When and where an event was.
struct EventPoint {
  Time time;
  double latitude_deg = 0.0;
  double longitude_deg = 0.0;
};

/// How far two catalogues may differ on one event.
struct MatchLimits {
  double max_time_s = 5.0;
  double max_distance_km = 50.0;
};

/// Two that are the same event.
struct EventMatch {
  std::size_t left = 0;   ///< index of the first catalogue
  std::size_t right = 0;  ///< of the second
};

/// Each event of one catalogue with at most one of the other, so that the sum over all events of
/// the first is least: sqrt((dt^2 / max_time^2 + d^2 / max_distance^2) / 2) for a match within both
/// limits, 1 for an event without one. The sum is the least of all there are, not that of taking
/// the nearest first: in a swarm one wrong match would push others aside. Of more than 32 possible
/// partners of an event the best 32 are looked at.
///
/// Ascending in `left`. Source: successive shortest paths with potentials, as Jonker and Volgenant
/// (1987), on the sparse graph of the possible pairs.
std::vector<EventMatch> match_events(std::span<const EventPoint> left,
                                     std::span<const EventPoint> right,
                                     const MatchLimits& limits);

}  // namespace geod::catalog
