#pragma once

#include <cstdint>
#include <deque>

#include "models/mask_merger.hpp"

namespace geod::models {

/// The last rows of a fibre's conditioned trace, as the network saw them: one byte a cell.
class TraceHistory {
 public:
  /// Keeps at least the last `rows` rows of a segment.
  explicit TraceHistory(std::int64_t rows) : keep_(rows) {}

  /// Takes the trace of `rows`, which follow those before or begin a segment.
  void push(MaskRows&& rows);

  /// First row that is held, and the one after the last.
  std::int64_t begin() const;
  std::int64_t end() const;
  /// `row` is held.
  std::uint8_t at(std::int64_t row, std::int64_t column) const;

 private:
  struct Piece {
    std::int64_t first_row = 0;
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    std::vector<std::uint8_t> values;
  };

  std::int64_t keep_;
  std::deque<Piece> pieces_;
};

}  // namespace geod::models
