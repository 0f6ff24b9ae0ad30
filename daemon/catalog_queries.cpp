#include "daemon/catalog_queries.hpp"

#include <cstdio>
#include <fstream>

#include <fmt/format.h>
#include <unistd.h>

#include "daemon/catalog_listing.hpp"
#include "storage/reader.hpp"
#include "storage/station_import.hpp"

namespace geod {

int import_stations(const CatalogOptions& options, const CommandContext& context) {
  const auto file = database_file(options, context);
  if (!file) {
    return fail_command(file.error());
  }
  std::ifstream csv(options.import_file);
  if (!csv) {
    return fail_command({Errc::kIo, options.import_file + ": cannot be opened for reading"});
  }
  const auto stations = storage::read_stations_csv(csv, options.import_file);
  if (!stations) {
    fmt::print(stderr, "{}\n", stations.error().what);
    return kExitFailure;
  }
  auto database = storage::Database::open_writer(*file, {});
  if (!database) {
    return fail_command(database.error());
  }
  if (const auto done = storage::import_stations(*database, *stations); !done) {
    return fail_command(done.error());
  }
  fmt::print("{} stations imported into {}\n", stations->size(), file->string());
  return kExitOk;
}

int list_stations(const CatalogOptions& options, const CommandContext& context) {
  const std::vector<Column> columns{{"network"},
                                    {"station"},
                                    {"latitude", CellKind::kNumber},
                                    {"longitude", CellKind::kNumber},
                                    {"elevation_m", CellKind::kNumber},
                                    {"site"},
                                    {"channels"},
                                    {"first_sample", CellKind::kTime},
                                    {"last_sample", CellKind::kTime}};
  const auto write =
      [&](storage::Reader& reader, RowWriter& writer, OutputFormat format) -> Result<void> {
    const auto rows = reader.stations(scope_of(options));
    if (!rows) {
      return tl::unexpected(rows.error());
    }
    for (const storage::StationRow& row : *rows) {
      writer.add({row.id.network,
                  row.id.station,
                  number_text(row.latitude_deg, format, 4),
                  number_text(row.longitude_deg, format, 4),
                  number_text(row.elevation_m, format, 0),
                  row.site,
                  row.channels,
                  row.first_sample ? time_text(*row.first_sample, format) : "",
                  row.last_sample ? time_text(*row.last_sample, format) : ""});
    }
    return {};
  };
  return list(options, context, "stations", columns, write);
}

int list_gaps(const CatalogOptions& options, const CommandContext& context) {
  storage::ContinuityQuery query;
  query.scope = scope_of(options);
  if (!options.kind.empty()) {
    query.kind = options.kind;
  }
  const std::vector<Column> columns{{"network"},
                                    {"station"},
                                    {"location"},
                                    {"channel"},
                                    {"kind"},
                                    {"from", CellKind::kTime},
                                    {"to", CellKind::kTime},
                                    {"duration_s", CellKind::kNumber},
                                    {"detail"}};
  const auto write = [&](storage::Reader& reader, RowWriter& writer, OutputFormat format) {
    return reader.continuity(query, [&](std::span<const storage::ContinuityRow> page) {
      for (const auto& [id, kind, from, to, detail] : page) {
        writer.add({id.network,
                    id.station,
                    id.location,
                    id.band + id.source + id.subsource,
                    kind,
                    time_text(from, format),
                    time_text(to, format),
                    number_text(to_seconds(to - from), format, 3),
                    detail});
      }
      return true;
    });
  };
  return list(options, context, "gaps", columns, write);
}

int list_completeness(const CatalogOptions& options, const CommandContext& context) {
  const std::vector<Column> columns{{"network"},
                                    {"station"},
                                    {"location"},
                                    {"channel"},
                                    {"hour", CellKind::kTime},
                                    {"scored_s", CellKind::kNumber},
                                    {"masked_s", CellKind::kNumber},
                                    {"gapped_s", CellKind::kNumber},
                                    {"shed_s", CellKind::kNumber},
                                    {"from", CellKind::kTime},
                                    {"to", CellKind::kTime},
                                    {"channels", CellKind::kNumber},
                                    {"made_by"}};
  const auto write = [&](storage::Reader& reader, RowWriter& writer, OutputFormat format) {
    const storage::CompletenessQuery query{scope_of(options)};
    return reader.completeness(query, [&](std::span<const storage::CompletenessRow> page) {
      for (const storage::CompletenessRow& row : page) {
        const CompletenessDelta& hour = row.completeness;
        writer.add({hour.instrument.network,
                    hour.instrument.station,
                    hour.instrument.location,
                    hour.instrument.band + hour.instrument.source,
                    to_iso(hour.hour, 0),
                    number_text(hour.scored_s, format, 1),
                    number_text(hour.masked_s, format, 1),
                    number_text(row.gapped_s, format, 1),
                    number_text(row.shed_s, format, 1),
                    to_iso(hour.from, 1),
                    to_iso(hour.to, 1),
                    row.channels ? std::to_string(*row.channels) : std::string{},
                    fmt::format("{}", fmt::join(row.makers, " "))});
      }
      return true;
    });
  };
  return list(options, context, "hours", columns, write);
}

int list_runs(const CatalogOptions& options, const CommandContext& context) {
  const bool is_table = !options.json && options.format == OutputFormat::kTable;
  std::vector<Column> columns{
      {"started", CellKind::kTime}, {"stopped", CellKind::kTime}, {"version"}, {"reason"}};
  if (!is_table) {
    columns.insert(columns.end(), {{"config_hash"}, {"summary"}});
  }
  const auto write = [&](storage::Reader& reader, RowWriter& writer, OutputFormat) -> Result<void> {
    const auto runs = reader.runs(options.limit > 0 ? options.limit : kDefaultRuns);
    if (!runs) {
      return tl::unexpected(runs.error());
    }
    for (const storage::RunRow& run : *runs) {
      std::vector<std::string> cells{to_iso(run.started, 0),
                                     run.stopped ? to_iso(*run.stopped, 0) : std::string{},
                                     run.version,
                                     run.reason};
      if (!is_table) {
        cells.insert(cells.end(), {run.config_hash, run.summary_json});
      }
      writer.add(cells);
    }
    return {};
  };
  return list(options, context, "runs", columns, write);
}

int make_backup(const CatalogOptions& options, const CommandContext& context) {
  const auto file = database_file(options, context);
  if (!file) {
    return fail_command(file.error());
  }
  auto database = storage::Database::open_reader(*file, std::chrono::seconds{5});
  if (!database) {
    return fail_command(database.error());
  }
  const bool on_terminal = ::isatty(STDERR_FILENO) == 1;
  const auto progress = [&](int done, int total) {
    if (on_terminal && total > 0) {
      fmt::print(stderr, "\r{:3d} %", static_cast<int>(100LL * done / total));
    }
    return true;
  };
  const Result<void> copied = database->backup_to(options.backup_file, progress);
  if (on_terminal) {
    fmt::print(stderr, "\r     \r");
  }
  if (!copied) {
    return fail_command(copied.error());
  }
  fmt::print("{} copied to {}\n", file->string(), options.backup_file);
  return kExitOk;
}

}  // namespace geod
