#pragma once

#include <string>
#include <vector>

#include "catalog/event_matching.hpp"
#include "daemon/catalog_event_queries.hpp"
#include "daemon/command.hpp"

namespace geod {

enum class ExchangeFormat { kQuakeml, kGeojson, kCsv, kText };

struct ExportOptions {
  EventOptions events;
  std::vector<std::string> ids;  ///< these events alone; empty: all that fit
  ExchangeFormat format = ExchangeFormat::kQuakeml;
  bool versions = false;
  std::string file = "-";
};

struct ImportOptions {
  CatalogOptions common;
  std::vector<std::string> files;
  catalog::MatchLimits limits;
};

struct CompareOptions {
  EventOptions events;    ///< its times, areas and database
  std::string reference;  ///< a file; empty: the imported reviews
  std::string other;      ///< a file; empty: our automatic events
  catalog::MatchLimits limits;
  bool list = false;
};

/// As list_picks.
int export_events(const ExportOptions& options, const CommandContext& context);
int import_reviews(const ImportOptions& options, const CommandContext& context);
int compare_catalogues(const CompareOptions& options, const CommandContext& context);

/// The agency that public ids are of: service.agency_id of the configuration.
Result<std::string> agency_of(const CommandContext& context);

}  // namespace geod
