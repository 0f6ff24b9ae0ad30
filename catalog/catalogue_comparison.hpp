#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "catalog/event_list.hpp"
#include "catalog/event_matching.hpp"

namespace geod::catalog {

/// Middle and spread of differences.
struct DifferenceSummary {
  std::size_t count = 0;
  double mean = 0.0;
  double median = 0.0;
  double spread = 0.0;                ///< 1.4826 times the median absolute deviation
  double ninetieth_percentile = 0.0;  ///< of the absolute values
};

/// How much of the reference was found among magnitudes [from, from + 1).
struct MagnitudeBin {
  std::optional<int> from;  ///< nothing: events without a magnitude
  std::size_t reference = 0;
  std::size_t matched = 0;
};

/// Picks of one phase of the events that match and tell picks: the first of each station.
struct PickComparison {
  std::size_t reference_only = 0;
  std::size_t other_only = 0;
  DifferenceSummary time_s;  ///< the other's minus the reference's, of those that both have
};

/// One catalogue against a reference.
struct CatalogueComparison {
  std::size_t reference_events = 0;  ///< that count
  std::vector<EventMatch> matches;   ///< left: of the reference, right: of the other
  std::vector<std::size_t> missed;   ///< of the reference, ascending, as the next
  std::vector<std::size_t> extra;    ///< of the other
  std::vector<MagnitudeBin> bins;    ///< ascending; events without a magnitude last
  DifferenceSummary epicentre_km;    ///< distance between the epicentres, not signed
  // The other minus the reference, of matches where both tell.
  DifferenceSummary time_s;
  DifferenceSummary depth_km;
  DifferenceSummary magnitude;
  std::array<PickComparison, 2> picks;  ///< P, S
};

/// What the comparison speaks of. Events outside are matched, too, so that none at its border is
/// missed or extra for a partner that lies just beyond it; they are not counted.
using EventChoice = std::function<bool(const ListedEvent&)>;

CatalogueComparison compare_catalogues(std::span<const ListedEvent> reference,
                                       std::span<const ListedEvent> other,
                                       const MatchLimits& limits,
                                       const EventChoice& counts);

/// Of any values; zeros when there are none.
DifferenceSummary summary_of(std::vector<double> values);

}  // namespace geod::catalog
