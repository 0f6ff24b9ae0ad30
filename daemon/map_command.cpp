#include "daemon/map_command.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "daemon/catalog_event_queries.hpp"
#include "daemon/catalog_options.hpp"
#include "daemon/event_choice.hpp"
#include "daemon/event_map.hpp"
#include "daemon/picture_sources.hpp"

namespace geod {
namespace {

struct MapOptions {
  PictureOptions picture;
  EventOptions events;
  std::string title;
};

/// Of the interval that was asked for, else of the events themselves; the time is told to the
/// second.
std::string interval_text(const CatalogOptions& asked, const std::vector<DrawnEvent>& events) {
  const auto of_events = [&events](bool last) {
    const auto [from, to] = std::minmax_element(
        events.begin(), events.end(), [](const auto& a, const auto& b) { return a.time < b.time; });
    return to_iso((last ? to : from)->time, 0);
  };
  if (asked.from.empty() && asked.to.empty() && events.empty()) {
    return "Seismicity";
  }
  const auto text = [&](const std::string& time, bool last) {
    return !time.empty()    ? to_iso(*parse_iso(time), 0)
           : events.empty() ? std::string("now")
                            : of_events(last);
  };
  if (asked.from.empty() && events.empty()) {
    return fmt::format("Seismicity before {}", to_iso(*parse_iso(asked.to), 0));
  }
  return fmt::format("Seismicity {} to {}", text(asked.from, false), text(asked.to, true));
}

/// From the first event, or what was asked for, to the last.
TimeSpan span_of(const CatalogOptions& asked, const std::vector<DrawnEvent>& events) {
  // Far enough from the ends of the type.
  TimeSpan span{Time{Duration::min() / 2}, Time{Duration::max() / 2}};
  if (!events.empty()) {
    const auto [first, last] = std::minmax_element(
        events.begin(), events.end(), [](const auto& a, const auto& b) { return a.time < b.time; });
    span = {first->time, last->time};
  }
  span.from = asked.from.empty() ? span.from : *parse_iso(asked.from);
  span.to = asked.to.empty() ? span.to : *parse_iso(asked.to);
  return span;
}

Result<std::string> draw(const CatalogOptions& catalog,
                         const MapOptions& options,
                         const CommandContext& context) {
  auto reader = open_reader(catalog, context);
  if (!reader) {
    return tl::unexpected(reader.error());
  }
  EventMap map;
  const auto read = reader->events(event_query_of(options.events),
                                   [&map](std::span<const storage::StoredEvent> page) {
                                     for (const storage::StoredEvent& stored : page) {
                                       map.events.push_back(drawn_event(stored));
                                     }
                                     return true;
                                   });
  if (!read) {
    return tl::unexpected(read.error());
  }
  const auto sites =
      picture_sites(options.picture, context, *reader, span_of(options.events.common, map.events));
  auto fibres = picture_fibres(context, *reader);
  if (!sites || !fibres) {
    return tl::unexpected(!sites ? sites.error() : fibres.error());
  }
  map.fibres = std::move(*fibres);
  for (const Site& site : *sites) {
    map.stations.push_back({site.id.to_string(), {site.latitude_deg, site.longitude_deg}});
  }
  map.title =
      options.title.empty() ? interval_text(options.events.common, map.events) : options.title;
  map.chosen_by = described(options.events);
  if (!options.events.common.region.empty()) {
    const auto box = *storage::Region::parse(options.events.common.region);
    const double turn = box.max_longitude_deg < box.min_longitude_deg ? 360.0 : 0.0;
    map.extent = MapExtent{box.min_latitude_deg,
                           box.max_latitude_deg,
                           box.min_longitude_deg,
                           box.max_longitude_deg + turn};
  }
  return event_map_svg(map);
}

}  // namespace

void add_map_command(CLI::App& catalog,
                     const std::shared_ptr<CatalogOptions>& options,
                     CommandContext& context) {
  auto own = std::make_shared<MapOptions>();
  CLI::App* command =
      catalog.add_subcommand("map", "Draw a map of events, stations and fibres (SVG)");
  add_picture_options(*command, own->picture);
  command->add_option("--title", own->title, "Title, instead of the interval")->type_name("TITLE");
  add_event_filters(*command, own->events);
  add_database_options(*command, *options, context);
  command->footer(fmt::format(
      "Epicentres by magnitude (size) and depth (colour) with 68 % error ellipses, stations,\n"
      "graticule, scale bar and legend. The map is as large as its events and the stations about\n"
      "them; with --region it shows that box. Stations are those of --inventory, else of\n"
      "catalog.inventory, else those whose coordinates the database has.\n"
      "Examples:\n"
      "  geod catalog map -o map.svg\n"
      "  geod catalog map --from 2019-07-04 --to 2019-07-05 --quality B -o map.svg\n"
      "  geod catalog map --circle 35.7/-117.5/50 --min-magnitude 2 --inventory stations.xml -o "
      "map.svg\n{}",
      kCatalogExitCodes));
  command->callback([options, own, &context] {
    context.exit_code = save_picture(draw(*options, *own, context), own->picture);
  });
}

}  // namespace geod
