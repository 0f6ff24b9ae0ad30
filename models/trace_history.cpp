#include "models/trace_history.hpp"

#include <algorithm>
#include <utility>

#include "core/error.hpp"

namespace geod::models {

void TraceHistory::push(MaskRows&& rows) {
  if (rows.begins_segment) {
    pieces_.clear();
  }
  pieces_.push_back({rows.first_row, rows.rows, rows.grid->columns, std::move(rows.trace)});
  while (pieces_.size() > 1 && end() - pieces_[1].first_row >= keep_) {
    pieces_.pop_front();
  }
}

std::int64_t TraceHistory::begin() const {
  return pieces_.empty() ? 0 : pieces_.front().first_row;
}

std::int64_t TraceHistory::end() const {
  return pieces_.empty() ? 0 : pieces_.back().first_row + pieces_.back().rows;
}

std::uint8_t TraceHistory::at(std::int64_t row, std::int64_t column) const {
  GEOD_CHECK(row >= begin() && row < end(), "the row is held");
  const auto after =
      std::upper_bound(pieces_.begin(), pieces_.end(), row, [](std::int64_t r, const Piece& piece) {
        return r < piece.first_row;
      });
  const Piece& piece = *(after - 1);
  return piece.values[static_cast<std::size_t>((row - piece.first_row) * piece.columns + column)];
}

}  // namespace geod::models
