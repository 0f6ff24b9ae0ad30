#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/fibre_places.hpp"
#include "storage/batch.hpp"
#include "storage/database.hpp"
#include "storage/keys.hpp"

namespace geod::storage {

/// Keeps where fibres lie by what their publishers tell. Rules of calling as BatchWriter.
class FibrePlacesWriter {
 public:
  /// An empty one, to be assigned to.
  FibrePlacesWriter() = default;
  /// `database` outlives the result.
  static Result<FibrePlacesWriter> make(Database& database, std::int64_t run_key);

  /// What is in force already is no row; what is told again of the time of a row takes its place.
  Result<void> write(const FibrePlacesChange& change, Keys& keys, Committed& committed);

 private:
  std::int64_t run_key_ = 0;
  Statement upsert_;
};

/// As Reader::fibre_places and Reader::fibre_ids.
Result<std::vector<FibrePlacesChange>> read_fibre_places(Database& database);
Result<std::vector<std::string>> read_fibre_ids(Database& database);

}  // namespace geod::storage
