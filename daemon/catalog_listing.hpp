#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/time.hpp"
#include "daemon/catalog_queries.hpp"
#include "daemon/command.hpp"
#include "daemon/row_writer.hpp"
#include "storage/query.hpp"
#include "storage/reader.hpp"

namespace geod {

/// Prints the error; gives the exit code.
int fail_command(const Error& error);

/// --database, or the configured file; its relative name lies in the state directory.
Result<std::filesystem::path> database_file(const CatalogOptions& options,
                                            const CommandContext& context);

/// Stations, region, span, order and limit.
storage::Scope scope_of(const CatalogOptions& options);

OutputFormat format_of(const CatalogOptions& options);

/// Times to the microsecond for programs, to the millisecond for people.
std::string time_text(Time time, OutputFormat format);
/// All digits for programs; an unknown number is an empty text.
std::string number_text(double value, OutputFormat format, int table_decimals);
std::string number_text(std::optional<double> value, OutputFormat format, int table_decimals);

/// A listing: opens the database, lets `query` write rows, says so when there were none.
int list(const CatalogOptions& options,
         const CommandContext& context,
         std::string_view things,
         std::vector<Column> columns,
         const std::function<Result<void>(storage::Reader&, RowWriter&, OutputFormat)>& query);

}  // namespace geod
