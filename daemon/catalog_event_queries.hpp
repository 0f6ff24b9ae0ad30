#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/catalog_queries.hpp"
#include "daemon/command.hpp"
#include "daemon/row_writer.hpp"
#include "storage/event_query.hpp"

namespace geod {

/// The options by which events are chosen, as texts that CLI11 has checked.
struct EventOptions {
  CatalogOptions common;  ///< times, stations, region, model, adapter, limit, format, database
  std::string circle;
  std::string polygon;
  std::optional<double> min_magnitude, max_magnitude;
  std::optional<double> min_depth_km, max_depth_km;
  std::optional<std::string> magnitude_type;
  std::string quality;
  std::string updated_after;
  bool reviewed = false;
  bool withdrawn = false;
  std::size_t offset = 0;
  storage::EventOrder order = storage::EventOrder::kTime;
  std::string event;  ///< the one that a command is about
};

/// The question behind the options.
storage::EventQuery event_query_of(const EventOptions& options);

/// --from, --to, --region, --circle, --polygon.
void add_event_span_and_area(CLI::App& command, EventOptions& options);

/// --from to --withdrawn, without the order, the paging and the output: for every command that
/// takes a choice of events.
void add_event_filters(CLI::App& command, EventOptions& options);

/// EVENT: 16 hex digits, or the public id of a review.
void add_event_argument(CLI::App& command, EventOptions& options);

/// Columns and cells of `geod catalog events --format csv` without a span, so without blind
/// stations.
std::vector<Column> event_csv_columns();
std::vector<std::string> event_csv_cells(const storage::StoredEvent& stored);

/// As list_picks.
int list_events(const EventOptions& options, const CommandContext& context);
int show_event(const EventOptions& options, const CommandContext& context);

}  // namespace geod
