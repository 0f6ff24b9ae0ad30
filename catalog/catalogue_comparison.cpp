#include "catalog/catalogue_comparison.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <string_view>
#include <utility>

#include "catalog/surface_point.hpp"

namespace geod::catalog {
namespace {

constexpr double kMadToSigma = 1.4826;  ///< of a normal distribution

std::vector<EventPoint> points_of(std::span<const ListedEvent> events) {
  std::vector<EventPoint> points;
  points.reserve(events.size());
  for (const ListedEvent& event : events) {
    points.push_back({event.time, event.latitude_deg, event.longitude_deg});
  }
  return points;
}

/// `sorted` is not empty; between two values in proportion.
double quantile(const std::vector<double>& sorted, double fraction) {
  const double at = fraction * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(at);
  const std::size_t high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (at - static_cast<double>(low)) * (sorted[high] - sorted[low]);
}

double distance_km(const ListedEvent& a, const ListedEvent& b) {
  return way_between(surface_point(a.latitude_deg, a.longitude_deg),
                     surface_point(b.latitude_deg, b.longitude_deg))
      .distance_km;
}

void add_differences(std::span<const ListedEvent> reference,
                     std::span<const ListedEvent> other,
                     CatalogueComparison& comparison) {
  std::vector<double> epicentre_km;
  std::vector<double> time_s;
  std::vector<double> depth_km;
  std::vector<double> magnitude;
  for (const EventMatch& match : comparison.matches) {
    const ListedEvent& theirs = reference[match.left];
    const ListedEvent& ours = other[match.right];
    epicentre_km.push_back(distance_km(theirs, ours));
    time_s.push_back(to_seconds(ours.time - theirs.time));
    if (ours.depth_km && theirs.depth_km) {
      depth_km.push_back(*ours.depth_km - *theirs.depth_km);
    }
    if (ours.magnitude && theirs.magnitude) {
      magnitude.push_back(*ours.magnitude - *theirs.magnitude);
    }
  }
  comparison.epicentre_km = summary_of(std::move(epicentre_km));
  comparison.time_s = summary_of(std::move(time_s));
  comparison.depth_km = summary_of(std::move(depth_km));
  comparison.magnitude = summary_of(std::move(magnitude));
}

/// By station, the first of each.
std::map<std::string_view, Time> first_picks(const ListedEvent& event, Phase phase) {
  std::map<std::string_view, Time> picks;
  for (const ListedPick& pick : event.picks) {
    if (pick.phase == phase) {
      const auto [at, is_new] = picks.try_emplace(pick.station, pick.time);
      at->second = std::min(at->second, pick.time);
    }
  }
  return picks;
}

PickComparison compare_picks(std::span<const ListedEvent> reference,
                             std::span<const ListedEvent> other,
                             std::span<const EventMatch> matches,
                             Phase phase) {
  PickComparison comparison;
  std::vector<double> time_s;
  for (const EventMatch& match : matches) {
    if (reference[match.left].picks.empty() || other[match.right].picks.empty()) {
      continue;
    }
    const auto theirs = first_picks(reference[match.left], phase);
    const auto ours = first_picks(other[match.right], phase);
    std::size_t shared = 0;
    for (const auto& [station, time] : ours) {
      if (const auto found = theirs.find(station); found != theirs.end()) {
        time_s.push_back(to_seconds(time - found->second));
        ++shared;
      }
    }
    comparison.reference_only += theirs.size() - shared;
    comparison.other_only += ours.size() - shared;
  }
  comparison.time_s = summary_of(std::move(time_s));
  return comparison;
}

std::vector<MagnitudeBin> bins_of(std::span<const ListedEvent> reference,
                                  const CatalogueComparison& comparison) {
  std::map<int, MagnitudeBin> bins;
  MagnitudeBin without;
  const auto bin_of = [&](std::size_t index) -> MagnitudeBin& {
    const auto& magnitude = reference[index].magnitude;
    if (!magnitude) {
      return without;
    }
    const int from = static_cast<int>(std::floor(*magnitude));
    MagnitudeBin& bin = bins[from];
    bin.from = from;
    return bin;
  };
  for (const EventMatch& match : comparison.matches) {
    MagnitudeBin& bin = bin_of(match.left);
    ++bin.reference;
    ++bin.matched;
  }
  for (const std::size_t index : comparison.missed) {
    ++bin_of(index).reference;
  }
  std::vector<MagnitudeBin> ordered;
  ordered.reserve(bins.size() + 1);
  for (const auto& [from, bin] : bins) {
    ordered.push_back(bin);
  }
  if (without.reference > 0) {
    ordered.push_back(without);
  }
  return ordered;
}

/// Of the events that count, those without a partner.
std::vector<std::size_t> alone(std::span<const ListedEvent> events,
                               const std::vector<bool>& is_matched,
                               const EventChoice& counts) {
  std::vector<std::size_t> indices;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (!is_matched[i] && counts(events[i])) {
      indices.push_back(i);
    }
  }
  return indices;
}

}  // namespace

DifferenceSummary summary_of(std::vector<double> values) {
  DifferenceSummary summary;
  if (values.empty()) {
    return summary;
  }
  std::sort(values.begin(), values.end());
  summary.count = values.size();
  summary.mean =
      std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  summary.median = quantile(values, 0.5);
  std::vector<double> absolute;
  std::vector<double> deviations;
  for (const double value : values) {
    absolute.push_back(std::abs(value));
    deviations.push_back(std::abs(value - summary.median));
  }
  std::sort(absolute.begin(), absolute.end());
  std::sort(deviations.begin(), deviations.end());
  summary.spread = kMadToSigma * quantile(deviations, 0.5);
  summary.ninetieth_percentile = quantile(absolute, 0.9);
  return summary;
}

CatalogueComparison compare_catalogues(std::span<const ListedEvent> reference,
                                       std::span<const ListedEvent> other,
                                       const MatchLimits& limits,
                                       const EventChoice& counts) {
  CatalogueComparison comparison;
  std::vector<bool> reference_matched(reference.size(), false);
  std::vector<bool> other_matched(other.size(), false);
  for (const EventMatch& match : match_events(points_of(reference), points_of(other), limits)) {
    reference_matched[match.left] = true;
    other_matched[match.right] = true;
    if (counts(reference[match.left])) {
      comparison.matches.push_back(match);
    }
  }
  comparison.missed = alone(reference, reference_matched, counts);
  comparison.extra = alone(other, other_matched, counts);
  comparison.reference_events = comparison.matches.size() + comparison.missed.size();
  comparison.bins = bins_of(reference, comparison);
  add_differences(reference, other, comparison);
  for (const Phase phase : {Phase::kP, Phase::kS}) {
    comparison.picks[static_cast<std::size_t>(phase)] =
        compare_picks(reference, other, comparison.matches, phase);
  }
  return comparison;
}

}  // namespace geod::catalog
