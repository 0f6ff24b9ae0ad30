#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace geod::trainer {

/// Samples of a fibre, [rows, columns] row major: rows are time, columns are channels.
struct FibreField {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<float> values;

  FibreField() = default;
  FibreField(std::int64_t row_count, std::int64_t column_count)
      : rows(row_count),
        columns(column_count),
        values(static_cast<std::size_t>(row_count * column_count), 0.0F) {}

  float& at(std::int64_t row, std::int64_t column) {
    return values[static_cast<std::size_t>(row * columns + column)];
  }
  float at(std::int64_t row, std::int64_t column) const {
    return values[static_cast<std::size_t>(row * columns + column)];
  }
  std::span<const float> row(std::int64_t index) const {
    return std::span<const float>(values).subspan(static_cast<std::size_t>(index * columns),
                                                  static_cast<std::size_t>(columns));
  }
};

/// Standard deviation of every column of zero-mean noise, by the median of |value|: what happens
/// now and then does not count.
std::vector<double> column_deviations(const FibreField& field);

/// Mean of |value| over a box of `row_reach` and `column_reach` to every side, cut at the edges.
FibreField smoothed_magnitude(const FibreField& field,
                              std::int64_t row_reach,
                              std::int64_t column_reach);

/// High-passed and low-passed along time (causal, order 2), corners in Hz.
void band_pass(FibreField& field, double low_hz, double high_hz, double rate_hz);

}  // namespace geod::trainer
