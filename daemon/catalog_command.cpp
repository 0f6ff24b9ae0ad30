#include "daemon/catalog_command.hpp"

#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "core/continuity.hpp"
#include "core/das_block.hpp"
#include "daemon/catalog_event_command.hpp"
#include "daemon/catalog_exchange_command.hpp"
#include "daemon/catalog_fibre_command.hpp"
#include "daemon/catalog_options.hpp"
#include "daemon/map_command.hpp"
#include "daemon/section_command.hpp"

namespace geod {
namespace {

/// The kinds of the gap tables: of channels, then those that only fibres have.
std::vector<std::string> gap_kinds() {
  std::vector<std::string> names;
  for (int kind = 0; kind <= static_cast<int>(ContinuityKind::kShed); ++kind) {
    names.emplace_back(to_string(static_cast<ContinuityKind>(kind)));
  }
  for (const FibreGap::Kind kind :
       {FibreGap::Kind::kMissing, FibreGap::Kind::kRestart, FibreGap::Kind::kNewGeometry}) {
    names.emplace_back(to_string(kind));
  }
  return names;
}

void add_picks_command(CLI::App& catalog,
                       const std::shared_ptr<CatalogOptions>& options,
                       CommandContext& context) {
  CLI::App* command = catalog.add_subcommand("picks", "List picks in the order of their times");
  add_span_options(*command, *options);
  command->add_option("--phase", options->phase, "P or S")
      ->type_name("PHASE")
      ->check(CLI::IsMember({"P", "S"}).description(""));
  command
      ->add_option("--min-probability", options->min_probability, "Calibrated probability, 0 to 1")
      ->type_name("FRACTION")
      ->check(CLI::Range(0.0, 1.0).description(""));
  add_listing_options(*command, *options, context);
  command->footer(fmt::format(
      "Examples:\n"
      "  geod catalog picks --order newest --limit 20\n"
      "  geod catalog picks --from 2019-07-04T17:00 --to 2019-07-04T18:00 --station 'CI.*'\n"
      "  geod catalog picks --region 35/36.5/-118.5/-117 --phase P --min-probability 0.8 --json\n"
      "  geod catalog picks --format csv > picks.csv\n"
      "Table: prob is the calibrated probability; +-s and all +- are one standard deviation; "
      "motion\n"
      "is the first motion of P with its probability; back_az in degrees; made_by the adapter, or\n"
      "the model where its own head picked. What no bundle tells is -.\n"
      "CSV and JSON: network, station, location, channel (band and source code), phase, time,\n"
      "probability (calibrated), uncertainty_s (one standard deviation), components, model_id,\n"
      "score, model_hash, pick_id, inserted, adapter_id, adapter_hash, and of P picks polarity "
      "(up,\n"
      "down), polarity_probability, back_azimuth_deg, magnitude, distance_km, each with its\n"
      "uncertainty, adapter id and adapter hash.\n{}",
      kCatalogExitCodes));
  command->callback([options, &context] { context.exit_code = list_picks(*options, context); });
}

void add_locations_command(CLI::App& catalog,
                           const std::shared_ptr<CatalogOptions>& options,
                           CommandContext& context) {
  CLI::App* command = catalog.add_subcommand(
      "locations", "List epicentres as one station sees them, in the order of their P picks");
  add_span_options(*command, *options);
  add_listing_options(*command, *options, context);
  command->footer(fmt::format(
      "Distance and back-azimuth of a P pick, with S minus P where an S pick followed. Latitude "
      "and\n"
      "longitude need the station's coordinates (geod catalog stations --import). --station and\n"
      "--region choose stations, not epicentres. The ellipse has its first semi-axis along the "
      "line\n"
      "to the station, its second across; both one standard deviation, in km.\n"
      "Examples:\n"
      "  geod catalog locations --order newest --limit 20\n"
      "  geod catalog locations --from 2019-07-04 --to 2019-07-05 --station CI.CLC --json\n"
      "CSV and JSON: network, station, location, channel, time (of P), latitude, longitude,\n"
      "distance_km, back_azimuth_deg with their uncertainties, semi_axis_along_km,\n"
      "semi_axis_across_km, s_minus_p_s, pick_id, model and adapters, inserted.\n{}",
      kCatalogExitCodes));
  command->callback([options, &context] { context.exit_code = list_locations(*options, context); });
}

void add_stations_command(CLI::App& catalog,
                          const std::shared_ptr<CatalogOptions>& options,
                          CommandContext& context) {
  CLI::App* command =
      catalog.add_subcommand("stations", "List stations with their channels, or import sites");
  command
      ->add_option("--import",
                   options->import_file,
                   "CSV with the columns network,station,latitude,longitude and, where known, "
                   "elevation_m,site")
      ->type_name("FILE");
  add_listing_options(*command, *options, context);
  command->footer(
      fmt::format("Examples:\n"
                  "  geod catalog stations\n"
                  "  geod catalog stations --import stations.csv\n"
                  "  geod catalog stations --region 35/36.5/-118.5/-117 --format csv\n{}",
                  kCatalogExitCodes));
  command->callback([options, &context] {
    context.exit_code = options->import_file.empty() ? list_stations(*options, context)
                                                     : import_stations(*options, context);
  });
}

void add_gaps_command(CLI::App& catalog,
                      const std::shared_ptr<CatalogOptions>& options,
                      CommandContext& context) {
  CLI::App* command = catalog.add_subcommand(
      "gaps",
      "List gaps, overlaps, clock steps and other breaks of channels and fibres in the span");
  add_span_options(*command, *options);
  command->add_option("--kind", options->kind, fmt::format("{}", fmt::join(gap_kinds(), ", ")))
      ->type_name("KIND")
      ->check(CLI::IsMember(gap_kinds()).description(""));
  add_listing_options(*command, *options, context);
  command->footer(
      fmt::format("Examples:\n"
                  "  geod catalog gaps --from 2019-07-04 --to 2019-07-05\n"
                  "  geod catalog gaps --kind gap --station CI.CLC --json\n"
                  "  geod catalog gaps --kind shed --station XX.FORGE\n"
                  "A fibre is asked for as NET.CABLE; it has no location and no channel.\n{}",
                  kCatalogExitCodes));
  command->callback([options, &context] { context.exit_code = list_gaps(*options, context); });
}

void add_completeness_command(CLI::App& catalog,
                              const std::shared_ptr<CatalogOptions>& options,
                              CommandContext& context) {
  CLI::App* command = catalog.add_subcommand(
      "completeness",
      "List how many seconds of each hour were looked at, per instrument and fibre");
  add_span_options(*command, *options);
  add_listing_options(*command, *options, context);
  command->footer(fmt::format(
      "scored_s: seconds with final scores in which picks were allowed; masked_s: seconds in\n"
      "which they were not (gaps, padding). The rest of the 3600 s had no data. gapped_s: seconds "
      "in\n"
      "which a channel of it was missing; shed_s: seconds that geod dropped because it could not\n"
      "keep up. Of a fibre (--station NET.CABLE): channels, the fewest that were looked at "
      "together.\n"
      "made_by: the adapters that looked at the hour, or models where their own head did.\n"
      "Examples:\n"
      "  geod catalog completeness --from 2019-07-04 --to 2019-07-05 --station CI.CLC\n{}",
      kCatalogExitCodes));
  command->callback(
      [options, &context] { context.exit_code = list_completeness(*options, context); });
}

void add_runs_command(CLI::App& catalog,
                      const std::shared_ptr<CatalogOptions>& options,
                      CommandContext& context) {
  CLI::App* command =
      catalog.add_subcommand("runs", "List starts and stops of the daemon, the newest first");
  add_output_options(*command, *options, context, std::to_string(kDefaultRuns));
  command->footer(fmt::format(
      "CSV and JSON: also config_hash and summary, the JSON that `geod status` gave at the end.\n"
      "A run without an end was killed, lost power, or is running.\n"
      "Examples:\n"
      "  geod catalog runs\n"
      "  geod catalog runs --limit 1 --json\n{}",
      kCatalogExitCodes));
  command->callback([options, &context] { context.exit_code = list_runs(*options, context); });
}

void add_backup_command(CLI::App& catalog,
                        const std::shared_ptr<CatalogOptions>& options,
                        CommandContext& context) {
  CLI::App* command =
      catalog.add_subcommand("backup", "Copy the database as it is now; the daemon goes on");
  command->add_option("file", options->backup_file, "New file to write")
      ->required()
      ->type_name("FILE");
  add_database_options(*command, *options, context);
  command->footer(
      fmt::format("Example:\n  geod catalog backup geod-2019-07-04.sqlite\n{}", kCatalogExitCodes));
  command->callback([options, &context] { context.exit_code = make_backup(*options, context); });
}

}  // namespace

void add_catalog_command(CLI::App& app, CommandContext& context) {
  auto options = std::make_shared<CatalogOptions>();
  CLI::App* catalog = app.add_subcommand(
      "catalog",
      "Query the database: events, picks, locations, detections on fibres, gaps, completeness");
  catalog->require_subcommand(1);
  add_event_commands(*catalog, context);
  add_exchange_commands(*catalog, context);
  add_picks_command(*catalog, options, context);
  add_locations_command(*catalog, options, context);
  add_fibre_commands(*catalog, options, context);
  add_map_command(*catalog, options, context);
  add_section_command(*catalog, options, context);
  add_stations_command(*catalog, options, context);
  add_gaps_command(*catalog, options, context);
  add_completeness_command(*catalog, options, context);
  add_runs_command(*catalog, options, context);
  add_backup_command(*catalog, options, context);
}

}  // namespace geod
