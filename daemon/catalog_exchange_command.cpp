#include "daemon/catalog_exchange_command.hpp"

#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "daemon/catalog_exchange.hpp"
#include "daemon/catalog_options.hpp"
#include "daemon/enum_option.hpp"

namespace geod {
namespace {

void add_limit_options(CLI::App& command, catalog::MatchLimits& limits) {
  constexpr double kLargestTimeS = 3600.0;
  constexpr double kLargestDistanceKm = 5000.0;
  command
      .add_option(
          "--max-time", limits.max_time_s, "Origin times of one event differ by no more than this")
      ->type_name("S")
      ->check(CLI::Range(0.001, kLargestTimeS).description(""))
      ->capture_default_str();
  command
      .add_option(
          "--max-distance", limits.max_distance_km, "Epicentres of one event, as --max-time")
      ->type_name("KM")
      ->check(CLI::Range(0.001, kLargestDistanceKm).description(""))
      ->capture_default_str();
}

void add_export_command(CLI::App& catalog, CommandContext& context) {
  auto options = std::make_shared<ExportOptions>();
  CLI::App* command =
      catalog.add_subcommand("export", "Write events as QuakeML, GeoJSON, CSV or FDSN text");
  command
      ->add_option("events",
                   options->ids,
                   "These alone, as geod catalog events lists them; without: all that fit")
      ->type_name("EVENT");
  take_names_of<ExchangeFormat>(
      command->add_option("--format", options->format, "quakeml, geojson, csv or text")
          ->type_name("FORMAT"),
      {{"quakeml", ExchangeFormat::kQuakeml},
       {"geojson", ExchangeFormat::kGeojson},
       {"csv", ExchangeFormat::kCsv},
       {"text", ExchangeFormat::kText}});
  command
      ->add_option("-o,--out",
                   options->file,
                   "File, written beside and moved there when whole; - is standard output")
      ->type_name("FILE")
      ->capture_default_str();
  command->add_flag(
      "--versions", options->versions, "QuakeML: also the origins of all earlier versions");
  add_event_filters(*command, options->events);
  add_database_options(*command, options->events.common, context);
  command->footer(fmt::format(
      "QuakeML 1.2 holds all that is known of an event: reviewed and automatic origins with their\n"
      "arrivals and picks, magnitudes, station magnitudes and amplitudes. The other formats hold "
      "one\n"
      "line an event, of what is preferred: reviewed before automatic. Public ids begin with\n"
      "smi:AGENCY/ (service.agency_id) and stay the same in every file.\n"
      "Examples:\n"
      "  geod catalog export --from 2019-07-04 --to 2019-07-05 -o day.xml\n"
      "  geod catalog export --min-magnitude 3 --format geojson -o large.json\n"
      "  geod catalog export 00c0ffee00c0ffee --versions\n{}",
      kCatalogExitCodes));
  command->callback([options, &context] { context.exit_code = export_events(*options, context); });
}

void add_import_command(CLI::App& catalog, CommandContext& context) {
  auto options = std::make_shared<ImportOptions>();
  CLI::App* command =
      catalog.add_subcommand("import", "Take reviewed events from QuakeML, beside our own");
  command->add_option("files", options->files, "QuakeML 1.1 or 1.2, of ObsPy, SeisComP and others")
      ->type_name("FILE")
      ->required();
  add_limit_options(*command, options->limits);
  add_database_options(*command, options->common, context);
  command->footer(fmt::format(
      "Reviewed origins, picks and magnitudes are kept beside ours and preferred over them. An "
      "event\n"
      "that geod exported is known by its public id; others are matched by time and place, one to\n"
      "one, so that the sum of the differences is least. What matches none of ours stands alone.\n"
      "Events whose origin says that it is automatic are passed over. The same file again changes\n"
      "nothing. Works beside a running daemon. A bad event is named and the others are taken.\n"
      "Examples:\n"
      "  geod catalog import reviewed.xml\n"
      "  geod catalog import july.xml august.xml --max-time 10 --max-distance 100\n"
      "Exit codes: 0 all taken, 1 failed or not all taken, 2 wrong command line, 78 wrong "
      "configuration."));
  command->callback([options, &context] { context.exit_code = import_reviews(*options, context); });
}

void add_compare_command(CLI::App& catalog, CommandContext& context) {
  auto options = std::make_shared<CompareOptions>();
  CLI::App* command =
      catalog.add_subcommand("compare", "Hold our automatic events against a reference");
  command
      ->add_option("reference",
                   options->reference,
                   "QuakeML, FDSN text or a table (default: the imported reviews)")
      ->type_name("FILE");
  command
      ->add_option(
          "other", options->other, "What is held against it (default: our automatic events)")
      ->type_name("FILE");
  add_event_span_and_area(*command, options->events);
  add_limit_options(*command, options->limits);
  command->add_flag("--list", options->list, "Also each match, missed and extra event");
  command->add_flag("--json", options->events.common.json, "One JSON object instead of text");
  add_database_options(*command, options->events.common, context);
  command->footer(fmt::format(
      "Matches are one to one, of the least sum of differences. Missed: of the reference alone;\n"
      "extra: of the other alone. Give the span and area in which both looked, or the rest counts\n"
      "as missed or extra. Differences are the other's minus the reference's; spread is 1.4826\n"
      "times the median absolute deviation. Picks are compared where both tell them, the first P "
      "and\n"
      "S of each station. Two files need no database. A table names the columns\n"
      "time, latitude, longitude and, where it has them, depth_km (or depth_m), magnitude,\n"
      "magnitude_type, id; tabs, commas or | between.\n"
      "Examples:\n"
      "  geod catalog compare scsn.txt --from 2019-07-04T17:00 --to 2019-07-04T18:00\n"
      "  geod catalog compare\n"
      "  geod catalog compare reviewed.xml automatic.xml --circle 35.7/-117.5/50 --json\n{}",
      kCatalogExitCodes));
  command->callback(
      [options, &context] { context.exit_code = compare_catalogues(*options, context); });
}

}  // namespace

void add_exchange_commands(CLI::App& catalog, CommandContext& context) {
  add_export_command(catalog, context);
  add_import_command(catalog, context);
  add_compare_command(catalog, context);
}

}  // namespace geod
