#include "streams/fibre_tiler.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "streams/time_grid.hpp"

namespace geod::streams {

FibreTiler::FibreTiler(const FibreTiling& tiling) : tiling_(tiling) {
  GEOD_CHECK(tiling.row_hop > 0 && tiling.row_hop <= tiling.rows && tiling.column_hop > 0 &&
                 tiling.column_hop <= tiling.columns,
             "tiles touch or overlap");
}

std::vector<std::int64_t> FibreTiler::column_starts(const FibreTiling& tiling,
                                                    std::int64_t columns) {
  std::vector<std::int64_t> starts{0};
  while (starts.back() + tiling.columns < columns) {
    starts.push_back(std::min(starts.back() + tiling.column_hop, columns - tiling.columns));
  }
  return starts;
}

void FibreTiler::push(const FibreRows& rows, std::vector<FibreTile>& out) {
  if (rows.begins_segment || !grid_) {
    finish(out);
    begin(rows);
  }
  GEOD_CHECK(rows.first_row == end_ && rows.grid->columns == grid_->columns,
             "rows of a segment follow one another");
  held_.insert(held_.end(), rows.values.begin(), rows.values.end());
  end_ += rows.rows;
  arrived_at_ = rows.arrived_at;
  while (next_tile_ + tiling_.rows <= end_) {
    cut(out);
  }
}

void FibreTiler::finish(std::vector<FibreTile>& out) {
  while (grid_ && cut_to_ < end_) {
    cut(out);
  }
  grid_.reset();
  held_.clear();
}

void FibreTiler::begin(const FibreRows& rows) {
  grid_ = rows.grid;
  column_starts_ = column_starts(tiling_, grid_->columns);
  held_from_ = rows.first_row;
  end_ = rows.first_row;
  cut_to_ = rows.first_row;
  next_tile_ = floor_to_multiple(rows.first_row, tiling_.row_hop);
  is_first_ = true;
}

void FibreTiler::cut(std::vector<FibreTile>& out) {
  const std::int64_t width = grid_->columns;
  const std::int64_t from = std::max(next_tile_, held_from_);
  const std::int64_t to = std::min(next_tile_ + tiling_.rows, end_);
  const auto last_row = held_.begin() + (to - 1 - held_from_) * width;
  const std::int64_t live = width - std::count(last_row, last_row + width, kNoSample);
  for (const std::int64_t start : column_starts_) {
    FibreTile tile;
    tile.grid = grid_;
    tile.first_row = next_tile_;
    tile.first_column = start;
    tile.rows = tiling_.rows;
    tile.columns = tiling_.columns;
    tile.data_rows = {from - next_tile_, to - next_tile_};
    tile.data_columns = std::min(tiling_.columns, width - start);
    tile.begins_segment = is_first_;
    tile.live_columns = live;
    tile.arrived_at = arrived_at_;
    tile.values.assign(static_cast<std::size_t>(tile.rows * tile.columns), kNoSample);
    for (std::int64_t row = from; row < to; ++row) {
      std::copy_n(held_.begin() + (row - held_from_) * width + start,
                  tile.data_columns,
                  tile.values.begin() + (row - next_tile_) * tile.columns);
    }
    out.push_back(std::move(tile));
  }
  is_first_ = false;
  cut_to_ = to;
  next_tile_ += tiling_.row_hop;
  const std::int64_t unused = std::min(next_tile_, end_) - held_from_;
  if (unused > 0) {
    held_.erase(held_.begin(), held_.begin() + unused * width);
    held_from_ += unused;
  }
}

}  // namespace geod::streams
