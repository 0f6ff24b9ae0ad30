#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daemon/command.hpp"
#include "daemon/row_writer.hpp"

namespace geod {

/// Rows of `geod catalog runs` where --limit is not given; the other lists have no limit then.
inline constexpr std::size_t kDefaultRuns = 100;

/// All options of all catalogue commands, as texts that CLI11 has checked.
struct CatalogOptions {
  std::string database;
  std::string from, to;
  std::vector<std::string> stations;
  std::string region;
  std::string phase;
  std::string kind;
  double min_probability = 0.0;
  std::size_t limit = 0;  // 0: not given
  std::string order = "oldest";
  OutputFormat format = OutputFormat::kTable;
  bool json = false;
  // Of the commands about fibres.
  std::optional<std::int64_t> first_channel, last_channel;
  std::int64_t min_channels = 0;
  std::optional<std::string> model, adapter;
  std::string detection;
  bool picks = false;
  std::string import_file;
  std::string backup_file;
};

/// The work of each catalogue command: prints the answer, errors to stderr; gives the exit code.
int list_picks(const CatalogOptions& options, const CommandContext& context);
int list_locations(const CatalogOptions& options, const CommandContext& context);
int list_detections(const CatalogOptions& options, const CommandContext& context);
int list_arrivals(const CatalogOptions& options, const CommandContext& context);
int list_stations(const CatalogOptions& options, const CommandContext& context);
int import_stations(const CatalogOptions& options, const CommandContext& context);
int list_gaps(const CatalogOptions& options, const CommandContext& context);
int list_completeness(const CatalogOptions& options, const CommandContext& context);
int list_runs(const CatalogOptions& options, const CommandContext& context);
int make_backup(const CatalogOptions& options, const CommandContext& context);

}  // namespace geod
