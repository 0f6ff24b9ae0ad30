#include "daemon/catalog_options.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "core/time.hpp"
#include "daemon/enum_option.hpp"
#include "storage/query.hpp"

namespace geod {
namespace {

std::string check_region(const std::string& text) {
  const auto region = storage::Region::parse(text);
  return region ? std::string{} : region.error().what;
}

}  // namespace

std::string check_time(const std::string& text) {
  const auto time = parse_iso(text);
  return time ? std::string{} : time.error().what;
}

void add_database_options(CLI::App& command, CatalogOptions& options, CommandContext& context) {
  command
      .add_option("--database", options.database, "Database file, instead of the configured one")
      ->type_name("FILE");
  add_config_option(command, context);
}

void add_output_options(CLI::App& command,
                        CatalogOptions& options,
                        CommandContext& context,
                        const std::string& usual) {
  command
      .add_option(
          "--limit", options.limit, fmt::format("At most this many rows (default: {})", usual))
      ->type_name("ROWS")
      ->check([](const std::string& text) {
        const bool is_count = text.find_first_not_of("0123456789") == std::string::npos &&
                              text.find_first_not_of('0') != std::string::npos;
        return is_count ? std::string{} : std::string("must be a whole number, at least 1");
      });
  take_names_of<OutputFormat>(
      command.add_option("--format", options.format, "table, csv or json (one object a line)")
          ->type_name("FORMAT"),
      {{"table", OutputFormat::kTable},
       {"csv", OutputFormat::kCsv},
       {"json", OutputFormat::kJson}});
  command.add_flag("--json", options.json, "The same as --format json");
  add_database_options(command, options, context);
}

void add_listing_options(CLI::App& command, CatalogOptions& options, CommandContext& context) {
  command
      .add_option(
          "--station",
          options.stations,
          "NET.STA (a fibre: NET.CABLE) with wildcards * ? [..], e.g. CI.* (may be given again)")
      ->type_name("NET.STA")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command.add_option("--region", options.region, "minlat/maxlat/minlon/maxlon in degrees")
      ->type_name("BOX")
      ->check(check_region);
  add_output_options(command, options, context);
}

void add_span_options(CLI::App& command, CatalogOptions& options) {
  command.add_option("--from", options.from, "From this time on, UTC, e.g. 2019-07-04T17:00:00")
      ->type_name("TIME")
      ->check(check_time);
  command.add_option("--to", options.to, "Before this time, UTC")
      ->type_name("TIME")
      ->check(check_time);
  command.add_option("--order", options.order, "oldest or newest first")
      ->type_name("ORDER")
      ->check(CLI::IsMember({"oldest", "newest"}).description(""))
      ->capture_default_str();
}

void add_detection_argument(CLI::App& command, CatalogOptions& options) {
  command.add_option("detection", options.detection, "As geod catalog detections lists it")
      ->required()
      ->type_name("DETECTION")
      ->check([](const std::string& text) {
        const bool is_id =
            text.size() == 16 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
        return is_id ? std::string{} : std::string("must be 16 hex digits");
      });
}

}  // namespace geod
