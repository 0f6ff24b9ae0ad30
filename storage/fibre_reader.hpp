#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/das_block.hpp"
#include "core/error.hpp"
#include "storage/database.hpp"
#include "storage/names.hpp"
#include "storage/query.hpp"
#include "storage/stored_detection.hpp"

namespace geod::storage {

/// Rows of the scans of fibre_plans as the structs that Reader gives, and single detections with
/// their masks. Rules as RowReader.
class FibreReader {
 public:
  static Result<FibreReader> make(Database& database);

  /// Without mask, arrivals and picks.
  Result<StoredDetection> detection(const Statement& row);
  Result<ContinuityRow> gap(const Statement& row);
  Result<CompletenessRow> completeness(const Statement& row);

  /// As Reader::detection.
  Result<StoredDetection> whole_detection(std::string_view detection_id);
  /// As detection(), in the order of commits.
  Result<std::vector<StoredDetection>> detections_after(std::int64_t detection_key,
                                                        std::size_t limit);
  Result<std::vector<FibreGeometryChange>> geometries(const std::string& fibre_id);

 private:
  explicit FibreReader(Names names) : names_(std::move(names)) {}
  Result<void> read_mask(StoredDetection& stored);
  Result<void> read_arrivals(StoredDetection& stored);
  Result<void> read_picks(StoredDetection& stored);

  std::string file_;
  Names names_;
  Statement find_detection_;
  Statement find_after_;
  Statement find_mask_;
  Statement find_arrivals_;
  Statement find_picks_;
  Statement find_geometries_;
};

}  // namespace geod::storage
