#include "daemon/catalog_event_command.hpp"

#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "daemon/catalog_event_queries.hpp"
#include "daemon/catalog_options.hpp"
#include "daemon/enum_option.hpp"

namespace geod {
namespace {

template <class Parsed>
std::string check_parsed(const std::string& text) {
  const auto parsed = Parsed::parse(text);
  return parsed ? std::string{} : parsed.error().what;
}

void add_area_options(CLI::App& command, EventOptions& options) {
  command.add_option("--region", options.common.region, "minlat/maxlat/minlon/maxlon in degrees")
      ->type_name("BOX")
      ->check(check_parsed<storage::Region>);
  command.add_option("--circle", options.circle, "lat/lon/km, or lat/lon/min_km/max_km for a ring")
      ->type_name("CIRCLE")
      ->check(check_parsed<storage::Circle>);
  command
      .add_option(
          "--polygon", options.polygon, "lat/lon,lat/lon,lat/lon...; longitudes may go on past 180")
      ->type_name("CORNERS")
      ->check(check_parsed<storage::Polygon>);
}

void add_size_options(CLI::App& command, EventOptions& options) {
  command
      .add_option("--min-magnitude", options.min_magnitude, "Of the preferred magnitude, included")
      ->type_name("MAGNITUDE");
  command.add_option("--max-magnitude", options.max_magnitude, "As --min-magnitude")
      ->type_name("MAGNITUDE");
  command
      .add_option("--magnitude-type",
                  options.magnitude_type,
                  "Of the preferred magnitude: ML, Mdl, or one of a review")
      ->type_name("TYPE");
  command.add_option("--min-depth", options.min_depth_km, "In km below sea level, included")
      ->type_name("KM");
  command.add_option("--max-depth", options.max_depth_km, "As --min-depth")->type_name("KM");
  command
      .add_option("--quality",
                  options.quality,
                  "This class or better, A to D; reviewed origins always count")
      ->type_name("CLASS")
      ->check(CLI::IsMember({"A", "B", "C", "D"}).description(""));
}

void add_maker_options(CLI::App& command, EventOptions& options) {
  command
      .add_option("--station",
                  options.common.stations,
                  "With an arrival at NET.STA (a fibre: NET.CABLE), wildcards * ? [..] (may be "
                  "given again)")
      ->type_name("NET.STA")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command.add_option("--model", options.common.model, "With a pick of this model, with wildcards")
      ->type_name("MODEL");
  command
      .add_option("--adapter",
                  options.common.adapter,
                  "With a pick of this adapter, with wildcards; empty: of the model's own head")
      ->type_name("ADAPTER");
}

void add_events_command(CLI::App& catalog, CommandContext& context) {
  auto options = std::make_shared<EventOptions>();
  CLI::App* command = catalog.add_subcommand("events", "List events in the order of their times");
  add_event_filters(*command, *options);
  take_names_of<storage::EventOrder>(
      command->add_option("--order", options->order, "oldest, newest, smallest or largest first")
          ->type_name("ORDER"),
      {{"oldest", storage::EventOrder::kTime},
       {"newest", storage::EventOrder::kTimeDescending},
       {"smallest", storage::EventOrder::kMagnitude},
       {"largest", storage::EventOrder::kMagnitudeDescending}});
  command->add_option("--offset", options->offset, "Pass over so many events first")
      ->type_name("ROWS")
      ->check(CLI::NonNegativeNumber.description(""));
  add_output_options(*command, options->common, context);
  command->footer(fmt::format(
      "Time, place, depth and magnitude are the preferred ones: of the review where there is one,\n"
      "else of the newest automatic version. When parts of the span asked for were not looked at,\n"
      "a warning names stations and hours.\n"
      "Examples:\n"
      "  geod catalog events --order newest --limit 20\n"
      "  geod catalog events --from 2019-07-04 --to 2019-07-05 --min-magnitude 2.5 --quality B\n"
      "  geod catalog events --circle 35.7/-117.5/20 --order largest --json\n"
      "  geod catalog events --polygon 35/-118,36/-118,36/-117 --station CI.CLC --format csv\n"
      "Table: mag the preferred magnitude; q the quality class, R where a person reviewed it; "
      "+-km\n"
      "the long axis of the epicentre's one-standard-deviation ellipse; gap in degrees; rms in s.\n"
      "CSV and JSON: event_id, version, status, kind, time, latitude, longitude, depth_km,\n"
      "magnitude, magnitude_type and its uncertainty and stations, quality, and of the automatic\n"
      "origin its uncertainties; public_id and agency of the preferred review; merged_into,\n"
      "split_from, first_inserted, inserted; blind_stations, of how many stations less than 90 %\n"
      "of the event's hour was looked at (empty without --from and --to).\n{}",
      kCatalogExitCodes));
  command->callback([options, &context] { context.exit_code = list_events(*options, context); });
}

void add_show_command(CLI::App& catalog, CommandContext& context) {
  auto options = std::make_shared<EventOptions>();
  CLI::App* command = catalog.add_subcommand(
      "show", "Show all of one event: origin, arrivals, magnitudes, versions, reviews");
  add_event_argument(*command, *options);
  command->add_flag("--json", options->common.json, "One JSON object instead of text");
  add_database_options(*command, options->common, context);
  command->footer(fmt::format(
      "Residuals are observed minus computed, in s; a weight of 0 did not count. Uncertainties "
      "are\n"
      "one standard deviation. JSON: event, origin, arrivals, magnitudes, versions, reviews.\n"
      "Examples:\n"
      "  geod catalog show 00c0ffee00c0ffee\n"
      "  geod catalog show quakeml:us.anss.org/event/ci38443183 --json\n{}",
      kCatalogExitCodes));
  command->callback([options, &context] { context.exit_code = show_event(*options, context); });
}

}  // namespace

void add_event_span_and_area(CLI::App& command, EventOptions& options) {
  command
      .add_option(
          "--from", options.common.from, "From this origin time on, UTC, e.g. 2019-07-04T17:00:00")
      ->type_name("TIME")
      ->check(check_time);
  command.add_option("--to", options.common.to, "Before this origin time, UTC")
      ->type_name("TIME")
      ->check(check_time);
  add_area_options(command, options);
}

void add_event_filters(CLI::App& command, EventOptions& options) {
  add_event_span_and_area(command, options);
  add_size_options(command, options);
  add_maker_options(command, options);
  command
      .add_option("--updated-after",
                  options.updated_after,
                  "Whose newest version or review was stored after this time, UTC")
      ->type_name("TIME")
      ->check(check_time);
  command.add_flag("--reviewed", options.reviewed, "Only events that a review speaks of");
  command.add_flag("--withdrawn", options.withdrawn, "Also events that were withdrawn");
}

void add_event_argument(CLI::App& command, EventOptions& options) {
  command
      .add_option(
          "event", options.event, "As geod catalog events lists it, or the public id of a review")
      ->required()
      ->type_name("EVENT");
}

void add_event_commands(CLI::App& catalog, CommandContext& context) {
  add_events_command(catalog, context);
  add_show_command(catalog, context);
}

}  // namespace geod
