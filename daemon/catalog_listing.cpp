#include "daemon/catalog_listing.hpp"

#include <cstdio>
#include <utility>

#include <fmt/format.h>

#include "config/config.hpp"

namespace geod {

int fail_command(const Error& error) {
  fmt::print(stderr, "{}\n", error.what);
  return error.code == Errc::kConfig ? kExitConfig : kExitFailure;
}

Result<std::filesystem::path> database_file(const CatalogOptions& options,
                                            const CommandContext& context) {
  if (!options.database.empty()) {
    return std::filesystem::path(options.database);
  }
  const auto config = config::require_config(config_file_of(context));
  if (!config) {
    return tl::unexpected(config.error());
  }
  return std::filesystem::path(config->daemon.state_directory) / config->storage.database;
}

storage::Scope scope_of(const CatalogOptions& options) {
  storage::Scope scope;
  scope.stations = options.stations;
  if (!options.region.empty()) {
    scope.region = *storage::Region::parse(options.region);
  }
  if (!options.from.empty()) {
    scope.from = *parse_iso(options.from);
  }
  if (!options.to.empty()) {
    scope.to = *parse_iso(options.to);
  }
  scope.newest_first = options.order == "newest";
  if (options.limit > 0) {
    scope.limit = options.limit;
  }
  return scope;
}

OutputFormat format_of(const CatalogOptions& options) {
  return options.json ? OutputFormat::kJson : options.format;
}

std::string time_text(Time time, OutputFormat format) {
  return to_iso(time, format == OutputFormat::kTable ? 3 : 6);
}
std::string number_text(double value, OutputFormat format, int table_decimals) {
  return format == OutputFormat::kTable ? fmt::format("{:.{}f}", value, table_decimals)
                                        : fmt::format("{}", value);
}
std::string number_text(std::optional<double> value, OutputFormat format, int table_decimals) {
  return value ? number_text(*value, format, table_decimals) : std::string{};
}

int list(const CatalogOptions& options,
         const CommandContext& context,
         std::string_view things,
         std::vector<Column> columns,
         const std::function<Result<void>(storage::Reader&, RowWriter&, OutputFormat)>& query) {
  const auto file = database_file(options, context);
  if (!file) {
    return fail_command(file.error());
  }
  Result<storage::Reader> reader = storage::Reader::open(*file);
  if (!reader) {
    return fail_command(reader.error());
  }
  const OutputFormat format = format_of(options);
  RowWriter writer(format, std::move(columns), stdout);
  if (const Result<void> done = query(*reader, writer, format); !done) {
    return fail_command(done.error());
  }
  if (const Result<void> written = writer.finish(); !written) {
    return fail_command(written.error());
  }
  if (writer.rows() == 0) {
    fmt::print(stderr, "no {} in {} fit the question\n", things, file->string());
  }
  return kExitOk;
}

}  // namespace geod
