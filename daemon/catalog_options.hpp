#pragma once

#include <string>

#include "daemon/catalog_queries.hpp"
#include "daemon/command.hpp"

namespace geod {

/// Options that the commands of `geod catalog` share. Each is bound to a member of `options`, which
/// outlives the command.

/// --database, --config.
void add_database_options(CLI::App& command, CatalogOptions& options, CommandContext& context);

/// How many rows, in which format, from which database. `usual` names the limit without --limit.
void add_output_options(CLI::App& command,
                        CatalogOptions& options,
                        CommandContext& context,
                        const std::string& usual = "all");

/// --station, --region and those of the output.
void add_listing_options(CLI::App& command, CatalogOptions& options, CommandContext& context);

/// --from, --to, --order.
void add_span_options(CLI::App& command, CatalogOptions& options);

/// Why a text is no time; empty when it is one.
std::string check_time(const std::string& text);

/// The positional argument of commands about one detection on a fibre.
void add_detection_argument(CLI::App& command, CatalogOptions& options);

/// The last line of every help.
inline constexpr const char* kCatalogExitCodes =
    "Exit codes: 0 answered (also with no row), 1 failed, 2 wrong command line, 78 wrong "
    "configuration.";

}  // namespace geod
