#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/sample_rate.hpp"
#include "core/window.hpp"

namespace geod {

/// How a fibre lies on the grid of a network: rows are instants, whole sample periods of `rate`
/// after 1970-01-01T00:00:00Z; columns are places along the fibre.
struct FibreGrid {
  std::string fibre_id;
  SampleRate rate = *SampleRate::make(100);
  std::int64_t columns = 0;
  std::int64_t first_channel = 0;   ///< number along the fibre of the middle of column 0
  std::int64_t channel_stride = 1;  ///< from a column to the next, positive
  double column_spacing_m = 0.0;    ///< 0: not told

  std::int64_t channel_number(std::int64_t column) const {
    return first_channel + column * channel_stride;
  }
  bool operator==(const FibreGrid&) const = default;
};

/// Value of a tile where there is no sample: dead channels, before and after the data, beyond the
/// fibre. A sample of 0 is 127.5, which the engine cuts to the same whole number.
inline constexpr float kNoSample = 127.0F;

/// Consecutive conditioned rows of a fibre, in [0, 255].
struct FibreRows {
  std::shared_ptr<const FibreGrid> grid;
  std::int64_t first_row = 0;
  std::int64_t rows = 0;
  std::vector<float> values;    ///< [rows, grid->columns]
  bool begins_segment = false;  ///< nothing contiguous comes before
  /// When the samples that completed the last row arrived.
  std::chrono::steady_clock::time_point arrived_at{};
};

/// A piece of a fibre for the network: rows from grid->rate's row `first_row`, columns from
/// `first_column`. It may reach beyond the data on any side; values are kNoSample there.
struct FibreTile {
  std::shared_ptr<const FibreGrid> grid;
  std::int64_t first_row = 0;
  std::int64_t first_column = 0;
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<float> values;      ///< [rows, columns]
  SampleSpan data_rows;           ///< of the tile, that hold data
  std::int64_t data_columns = 0;  ///< of the tile, that lie on the fibre
  bool begins_segment = false;    ///< one of the first row of tiles of its segment
  std::int64_t live_columns = 0;  ///< of the fibre, with a sample in the tile's last row of data
  std::chrono::steady_clock::time_point arrived_at{};

  bool is_last_of_row() const { return first_column + data_columns == grid->columns; }
};

}  // namespace geod
