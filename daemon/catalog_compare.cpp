// `geod catalog compare`.
#include <cstddef>
#include <cstdio>
#include <optional>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "catalog/catalogue_comparison.hpp"
#include "catalog/event_list.hpp"
#include "daemon/catalog_exchange.hpp"
#include "daemon/catalog_listing.hpp"
#include "storage/event_area.hpp"
#include "storage/reader.hpp"

namespace geod {
namespace {

using catalog::CatalogueComparison;
using catalog::DifferenceSummary;
using catalog::ListedEvent;
using Json = nlohmann::ordered_json;

/// One of the two catalogues.
struct Side {
  std::string name;  ///< for people
  std::vector<ListedEvent> events;
};

enum class Solution { kAutomatic, kReviewed };

ListedEvent listed(const storage::StoredEvent& stored) {
  const Origin& origin = stored.event.origin;
  ListedEvent result{stored.event.event_id,
                     origin.time,
                     origin.latitude_deg,
                     origin.longitude_deg,
                     origin.depth_km,
                     std::nullopt,
                     ""};
  if (!stored.event.magnitudes.empty()) {
    result.magnitude = stored.event.magnitudes.front().value;
    result.magnitude_type = to_string(stored.event.magnitudes.front().type);
  }
  for (const storage::StoredArrival& arrival : stored.arrivals) {
    if (const auto* const of_station = std::get_if<storage::StoredPick>(&arrival.pick)) {
      const Pick& pick = of_station->pick;
      result.picks.push_back(
          {pick.instrument.station_id().to_string(), arrival.arrival.phase, pick.time});
    }
  }
  return result;
}

/// The automatic solutions of the database, or its preferred reviews. Those that were withdrawn, or
/// that a review says do not exist, are not there.
Result<Side> read_database(const CompareOptions& options,
                           const CommandContext& context,
                           Solution solution) {
  const auto file = database_file(options.events.common, context);
  if (!file) {
    return tl::unexpected(file.error());
  }
  Result<storage::Reader> reader = storage::Reader::open(*file);
  if (!reader) {
    return tl::unexpected(reader.error());
  }
  // All of the database: what counts is chosen after the matching.
  storage::EventQuery query;
  query.with_arrivals = true;
  query.reviewed_only = solution == Solution::kReviewed;
  Side side{
      fmt::format(
          "{} ({})", file->string(), solution == Solution::kReviewed ? "reviews" : "automatic"),
      {}};
  const auto done = reader->events(query, [&](std::span<const storage::StoredEvent> page) {
    for (const storage::StoredEvent& stored : page) {
      if (solution == Solution::kReviewed) {
        side.events.push_back(catalog::listed(stored.reviewed.front()));
      } else if (stored.event.version > 0 && stored.event.status != EventStatus::kWithdrawn) {
        side.events.push_back(listed(stored));
      }
    }
    return true;
  });
  return done ? Result<Side>(std::move(side)) : tl::unexpected(done.error());
}

Result<Side> read_file(const std::string& file) {
  auto list = catalog::read_event_list(file);
  if (!list) {
    return tl::unexpected(list.error());
  }
  for (const Error& fault : list->faults) {
    fmt::print(stderr, "{}\n", fault.what);
  }
  return Side{file, std::move(list->events)};
}

bool is_inside(const storage::Region& box, double latitude_deg, double longitude_deg) {
  const bool in_longitude =
      box.min_longitude_deg <= box.max_longitude_deg
          ? longitude_deg >= box.min_longitude_deg && longitude_deg <= box.max_longitude_deg
          : longitude_deg >= box.min_longitude_deg || longitude_deg <= box.max_longitude_deg;
  return in_longitude && latitude_deg >= box.min_latitude_deg &&
         latitude_deg <= box.max_latitude_deg;
}

catalog::EventChoice choice_of(const storage::EventQuery& query) {
  return [query](const ListedEvent& event) {
    const double latitude_deg = event.latitude_deg;
    const double longitude_deg = event.longitude_deg;
    return (!query.from || event.time >= *query.from) && (!query.to || event.time < *query.to) &&
           (!query.region || is_inside(*query.region, latitude_deg, longitude_deg)) &&
           (!query.circle || storage::is_inside(*query.circle, latitude_deg, longitude_deg)) &&
           (!query.polygon || storage::is_inside(*query.polygon, latitude_deg, longitude_deg));
  };
}

double percent(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0.0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

void print_difference(const char* name, const DifferenceSummary& difference) {
  if (difference.count > 0) {
    fmt::print("{:<13} {:>6} {:>9.3f} {:>9.3f} {:>9.3f} {:>9.3f}\n",
               name,
               difference.count,
               difference.median,
               difference.spread,
               difference.mean,
               difference.ninetieth_percentile);
  }
}

std::string line_of(const ListedEvent& event) {
  return fmt::format(
      "{}  {:8.4f} {:9.4f} {:>6} {:>8}  {}",
      to_iso(event.time, 2),
      event.latitude_deg,
      event.longitude_deg,
      event.depth_km ? fmt::format("{:.1f}", *event.depth_km) : "-",
      event.magnitude ? fmt::format("{} {:.1f}", event.magnitude_type, *event.magnitude) : "-",
      event.id);
}

void print_lists(const Side& reference, const Side& other, const CatalogueComparison& comparison) {
  for (const catalog::EventMatch& match : comparison.matches) {
    fmt::print("match   {}\n        {}\n",
               line_of(reference.events[match.left]),
               line_of(other.events[match.right]));
  }
  for (const std::size_t index : comparison.missed) {
    fmt::print("missed  {}\n", line_of(reference.events[index]));
  }
  for (const std::size_t index : comparison.extra) {
    fmt::print("extra   {}\n", line_of(other.events[index]));
  }
}

/// Nothing where no match has picks on both sides.
void print_pick_counts(const CatalogueComparison& comparison) {
  for (const Phase phase : {Phase::kP, Phase::kS}) {
    const catalog::PickComparison& picks = comparison.picks[static_cast<std::size_t>(phase)];
    const std::size_t both = picks.time_s.count;
    if (both + picks.reference_only + picks.other_only > 0) {
      fmt::print(
          "{} picks of matches: {} in both, {} of the reference alone, {} of the other alone\n",
          to_string(phase),
          both,
          picks.reference_only,
          picks.other_only);
    }
  }
}

void print_table(const Side& reference,
                 const Side& other,
                 const CatalogueComparison& comparison,
                 const CompareOptions& options) {
  fmt::print("reference     {}: {} events\nagainst       {}: {} events\n",
             reference.name,
             comparison.reference_events,
             other.name,
             comparison.matches.size() + comparison.extra.size());
  fmt::print("matched {}, missed {}, extra {} (within {:g} s and {:g} km)\n\n",
             comparison.matches.size(),
             comparison.missed.size(),
             comparison.extra.size(),
             options.limits.max_time_s,
             options.limits.max_distance_km);
  fmt::print("magnitude     events   matched    recall\n");
  for (const catalog::MagnitudeBin& bin : comparison.bins) {
    fmt::print("{:<13} {:>6} {:>9} {:>7.0f} %\n",
               bin.from ? fmt::format("{} to {}", *bin.from, *bin.from + 1) : "none",
               bin.reference,
               bin.matched,
               percent(bin.matched, bin.reference));
  }
  fmt::print("{:<13} {:>6} {:>9} {:>7.0f} %\n",
             "all",
             comparison.reference_events,
             comparison.matches.size(),
             percent(comparison.matches.size(), comparison.reference_events));
  if (!comparison.matches.empty()) {
    fmt::print("\ndifference         n    median    spread      mean 90% within\n");
    print_difference("epicentre_km", comparison.epicentre_km);
    print_difference("time_s", comparison.time_s);
    print_difference("depth_km", comparison.depth_km);
    print_difference("magnitude", comparison.magnitude);
    print_difference("p_pick_s", comparison.picks[0].time_s);
    print_difference("s_pick_s", comparison.picks[1].time_s);
  }
  print_pick_counts(comparison);
  if (options.list) {
    fmt::print("\n");
    print_lists(reference, other, comparison);
  }
}

Json json_of(const DifferenceSummary& difference) {
  if (difference.count == 0) {
    return nullptr;
  }
  return {{"count", difference.count},
          {"median", difference.median},
          {"spread", difference.spread},
          {"mean", difference.mean},
          {"absolute_90", difference.ninetieth_percentile}};
}

Json json_of(const catalog::PickComparison& picks) {
  return {{"both", picks.time_s.count},
          {"reference_only", picks.reference_only},
          {"other_only", picks.other_only},
          {"time_s", json_of(picks.time_s)}};
}

Json json_of(const ListedEvent& event) {
  return {{"id", event.id},
          {"time", to_iso(event.time)},
          {"latitude", event.latitude_deg},
          {"longitude", event.longitude_deg},
          {"depth_km", event.depth_km ? Json(*event.depth_km) : Json(nullptr)},
          {"magnitude", event.magnitude ? Json(*event.magnitude) : Json(nullptr)},
          {"magnitude_type", event.magnitude_type}};
}

void print_json(const Side& reference, const Side& other, const CatalogueComparison& comparison) {
  Json bins = Json::array();
  for (const catalog::MagnitudeBin& bin : comparison.bins) {
    bins.push_back({{"from", bin.from ? Json(*bin.from) : Json(nullptr)},
                    {"reference", bin.reference},
                    {"matched", bin.matched}});
  }
  Json matches = Json::array();
  for (const catalog::EventMatch& match : comparison.matches) {
    matches.push_back({{"reference", json_of(reference.events[match.left])},
                       {"other", json_of(other.events[match.right])}});
  }
  Json missed = Json::array();
  for (const std::size_t index : comparison.missed) {
    missed.push_back(json_of(reference.events[index]));
  }
  Json extra = Json::array();
  for (const std::size_t index : comparison.extra) {
    extra.push_back(json_of(other.events[index]));
  }
  const Json all{
      {"reference", reference.name},
      {"other", other.name},
      {"reference_events", comparison.reference_events},
      {"matched", comparison.matches.size()},
      {"recall_by_magnitude", std::move(bins)},
      {"differences",
       {{"epicentre_km", json_of(comparison.epicentre_km)},
        {"time_s", json_of(comparison.time_s)},
        {"depth_km", json_of(comparison.depth_km)},
        {"magnitude", json_of(comparison.magnitude)}}},
      {"picks", {{"P", json_of(comparison.picks[0])}, {"S", json_of(comparison.picks[1])}}},
      {"matches", std::move(matches)},
      {"missed", std::move(missed)},
      {"extra", std::move(extra)}};
  fmt::print("{}\n", all.dump(2, ' ', false, Json::error_handler_t::replace));
}

int fail_reading(const Error& error) {
  fmt::print(stderr, "{}\n", error.what);
  return kExitFailure;
}

}  // namespace

int compare_catalogues(const CompareOptions& options, const CommandContext& context) {
  const auto reference = options.reference.empty()
                             ? read_database(options, context, Solution::kReviewed)
                             : read_file(options.reference);
  if (!reference) {
    return fail_reading(reference.error());
  }
  const auto other = options.other.empty() ? read_database(options, context, Solution::kAutomatic)
                                           : read_file(options.other);
  if (!other) {
    return fail_reading(other.error());
  }
  const CatalogueComparison comparison = catalog::compare_catalogues(
      reference->events, other->events, options.limits, choice_of(event_query_of(options.events)));
  if (options.events.common.json) {
    print_json(*reference, *other, comparison);
  } else {
    print_table(*reference, *other, comparison, options);
  }
  return kExitOk;
}

}  // namespace geod
