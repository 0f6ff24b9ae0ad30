#pragma once

#include <cstdint>
#include <optional>

#include "core/das_block.hpp"
#include "core/error.hpp"
#include "core/fibre_detection.hpp"
#include "storage/batch.hpp"
#include "storage/database.hpp"
#include "storage/keys.hpp"

namespace geod::storage {

/// Two detections of one fibre, model and adapter whose masks begin and end no farther apart than
/// this, on nearly the same channels, are one: another device rounds a border of the mask
/// otherwise.
inline constexpr Duration kSameDetection = std::chrono::milliseconds{500};

/// Writes detections of fibres with all that belongs to them, each once, and what is known of the
/// fibres themselves. Rules of calling as BatchWriter.
class FibreWriter {
 public:
  /// An empty one, to be assigned to.
  FibreWriter() = default;
  /// `database` outlives the result.
  static Result<FibreWriter> make(Database& database, std::int64_t run_key);

  /// `now` is wall time.
  Result<RowOutcome> write(const FibreDetection& detection,
                           Keys& keys,
                           Time now,
                           Committed& committed);
  /// A change to what is in force already is no row.
  Result<void> write(const FibreGeometryChange& change, Keys& keys, Committed& committed);
  Result<void> write(const FibreGap& gap, Keys& keys, Committed& committed);
  Result<void> write(const FibreCompleteness& completeness, Keys& keys, Committed& committed);

 private:
  /// The keys that a row of a detection points to.
  struct RowKeys {
    std::int64_t detection_id = 0;
    std::int64_t fibre = 0;
    std::int64_t model = 0;
    std::optional<std::int64_t> adapter;
  };
  Result<bool> is_there(const FibreDetection& detection, const RowKeys& keys);
  Result<void> insert(const FibreDetection& detection, const RowKeys& keys, Time now);
  Result<void> insert_parts(const FibreDetection& detection, std::int64_t detection_key);

  Database* database_ = nullptr;
  std::int64_t run_key_ = 0;
  Statement find_detection_;
  Statement insert_detection_;
  Statement insert_mask_;
  Statement insert_arrivals_;
  Statement insert_pick_;
  Statement upsert_geometry_;
  Statement insert_gap_;
  Statement upsert_completeness_;
};

}  // namespace geod::storage
