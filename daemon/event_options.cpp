#include "daemon/event_options.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/time.hpp"
#include "daemon/catalog_options.hpp"

namespace geod {
namespace {

/// Why a text is not what `Parsed::parse` reads; empty when it is.
template <class Parsed>
std::string check(const std::string& text) {
  const auto parsed = Parsed::parse(text);
  return parsed ? std::string{} : parsed.error().what;
}

void add_place_options(CLI::App& command, EventFilter& filter) {
  command.add_option("--region", filter.region, "minlat/maxlat/minlon/maxlon in degrees")
      ->type_name("BOX")
      ->check(check<storage::Region>);
  command
      .add_option(
          "--circle", filter.circle, "lat/lon/km, or lat/lon/min_km/max_km: epicentres there")
      ->type_name("CIRCLE")
      ->check(check<storage::Circle>);
  command.add_option("--polygon", filter.polygon, "lat/lon,lat/lon,lat/lon...: epicentres inside")
      ->type_name("POLYGON")
      ->check(check<storage::Polygon>);
  command.add_option("--min-depth", filter.min_depth_km, "Depth from this on")->type_name("KM");
  command.add_option("--max-depth", filter.max_depth_km, "Depth up to this")->type_name("KM");
}

storage::EventQuery place_of(const EventFilter& filter) {
  storage::EventQuery query;
  if (!filter.region.empty()) {
    query.region = *storage::Region::parse(filter.region);
  }
  if (!filter.circle.empty()) {
    query.circle = *storage::Circle::parse(filter.circle);
  }
  if (!filter.polygon.empty()) {
    query.polygon = *storage::Polygon::parse(filter.polygon);
  }
  query.min_depth_km = filter.min_depth_km;
  query.max_depth_km = filter.max_depth_km;
  return query;
}

}  // namespace

void add_event_filter_options(CLI::App& command, EventFilter& filter) {
  command.add_option("--from", filter.from, "Origin time from this on, UTC")
      ->type_name("TIME")
      ->check(check_time);
  command.add_option("--to", filter.to, "Origin time before this, UTC")
      ->type_name("TIME")
      ->check(check_time);
  add_place_options(command, filter);
  command.add_option("--min-magnitude", filter.min_magnitude, "Preferred magnitude from this on")
      ->type_name("M");
  command.add_option("--max-magnitude", filter.max_magnitude, "Preferred magnitude up to this")
      ->type_name("M");
  command
      .add_option("--magnitude-type", filter.magnitude_type, "ML, Mdl, or a reviewed type as Mw")
      ->type_name("TYPE");
  command.add_option("--quality", filter.quality, "This class of location or better: A, B, C or D")
      ->type_name("CLASS")
      ->check(CLI::IsMember({"A", "B", "C", "D"}).description(""));
  command
      .add_option(
          "--station",
          filter.stations,
          "NET.STA (a fibre: NET.CABLE) with wildcards * ? [..] that has an arrival (may be "
          "given again)")
      ->type_name("NET.STA")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command.add_option("--model", filter.model, "Model that made one of the picks, with wildcards")
      ->type_name("MODEL");
  command
      .add_option("--adapter",
                  filter.adapter,
                  "Adapter that made one of the picks, with wildcards; '' for the model's own head")
      ->type_name("ADAPTER");
  command.add_flag("--reviewed", filter.reviewed_only, "Only events that people reviewed");
  command.add_flag("--withdrawn", filter.with_withdrawn, "Also events that were withdrawn");
}

storage::EventQuery event_query_of(const EventFilter& filter) {
  storage::EventQuery query = place_of(filter);
  if (!filter.from.empty()) {
    query.from = *parse_iso(filter.from);
  }
  if (!filter.to.empty()) {
    query.to = *parse_iso(filter.to);
  }
  query.min_magnitude = filter.min_magnitude;
  query.max_magnitude = filter.max_magnitude;
  if (!filter.magnitude_type.empty()) {
    query.magnitude_type = filter.magnitude_type;
  }
  if (!filter.quality.empty()) {
    query.worst_quality = static_cast<QualityClass>(filter.quality.front() - 'A');
  }
  query.stations = filter.stations;
  if (!filter.model.empty()) {
    query.model_id = filter.model;
  }
  query.adapter_id = filter.adapter;
  query.reviewed_only = filter.reviewed_only;
  query.with_withdrawn = filter.with_withdrawn;
  return query;
}

std::string described(const EventFilter& filter) {
  std::vector<std::string> parts;
  const auto text = [&parts](const char* name, const std::string& value) {
    if (!value.empty()) {
      parts.push_back(fmt::format("{} {}", name, value));
    }
  };
  const auto bounds = [&parts](const char* name, auto low, auto high) {
    if (low || high) {
      parts.push_back(fmt::format("{} {}{}{}",
                                  name,
                                  low ? fmt::format("from {:g}", *low) : "",
                                  low && high ? " " : "",
                                  high ? fmt::format("to {:g}", *high) : ""));
    }
  };
  text("region", filter.region);
  text("circle", filter.circle);
  text("polygon", filter.polygon);
  bounds("depth", filter.min_depth_km, filter.max_depth_km);
  bounds("magnitude", filter.min_magnitude, filter.max_magnitude);
  text("type", filter.magnitude_type);
  if (!filter.quality.empty()) {
    parts.push_back(
        fmt::format("quality {}{}", filter.quality, filter.quality == "A" ? "" : " or better"));
  }
  text("with arrivals at", fmt::format("{}", fmt::join(filter.stations, " or ")));
  text("model", filter.model);
  if (filter.adapter) {
    parts.push_back(filter.adapter->empty() ? "no adapter" : "adapter " + *filter.adapter);
  }
  if (filter.reviewed_only) {
    parts.emplace_back("reviewed only");
  }
  if (filter.with_withdrawn) {
    parts.emplace_back("withdrawn included");
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

}  // namespace geod
