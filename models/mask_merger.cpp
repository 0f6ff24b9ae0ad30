#include "models/mask_merger.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "core/error.hpp"

namespace geod::models {
namespace {

float window_weight(std::int64_t index, std::int64_t length) {
  const double sine =
      std::sin(std::numbers::pi * (static_cast<double>(index) + 0.5) / static_cast<double>(length));
  return static_cast<float>(sine * sine);
}

/// Window of `length`; a flat half has the weight of the middle, 1.
void set_window(std::vector<float>& weights, std::int64_t length, bool flat_begin, bool flat_end) {
  weights.resize(static_cast<std::size_t>(length));
  for (std::int64_t i = 0; i < length; ++i) {
    const bool is_flat = i < length / 2 ? flat_begin : flat_end;
    weights[static_cast<std::size_t>(i)] = is_flat ? 1.0F : window_weight(i, length);
  }
}

}  // namespace

std::uint64_t MaskMerger::add(const FibreTile& tile,
                              std::span<const float> first,
                              std::span<const float> second,
                              std::vector<MaskRows>& out) {
  if (!grid_) {
    begin(tile);
  }
  GEOD_CHECK(tile.grid->columns == grid_->columns && tile.first_row + tile.data_rows.begin <= end_,
             "tiles of a segment follow one another");
  set_weights(tile);
  make_room(tile);
  std::uint64_t unusable = 0;
  for (std::size_t phase = 0; phase < sums_.size(); ++phase) {
    const std::span<const float> of_tile = phase == 0 ? first : second;
    if (!of_tile.empty() || !sums_[phase].empty()) {
      sums_[phase].resize(trace_.size(), 0.0F);
    }
    if (!of_tile.empty()) {
      unusable += blend(tile, of_tile, sums_[phase]);
    }
  }
  if (tile.is_last_of_row()) {
    take(std::min(tile.first_row + row_hop_, end_), out);
  }
  return unusable;
}

void MaskMerger::begin(const FibreTile& tile) {
  grid_ = tile.grid;
  begin_ = tile.first_row + tile.data_rows.begin;
  end_ = begin_;
  is_first_ = true;
  column_weights_.assign(static_cast<std::size_t>(grid_->columns), 0.0F);
}

void MaskMerger::set_weights(const FibreTile& tile) {
  set_window(tile_rows_, tile.rows, tile.begins_segment, false);
  set_window(tile_columns_, tile.columns, tile.first_column == 0, tile.is_last_of_row());
  if (tile.begins_segment) {
    for (std::int64_t c = 0; c < tile.data_columns; ++c) {
      column_weights_[static_cast<std::size_t>(tile.first_column + c)] +=
          tile_columns_[static_cast<std::size_t>(c)];
    }
  }
}

/// Rows that this tile is the first to hold, their samples, and the weight of its row of tiles.
void MaskMerger::make_room(const FibreTile& tile) {
  const std::int64_t width = grid_->columns;
  end_ = std::max(end_, tile.first_row + tile.data_rows.end);
  const auto cells = static_cast<std::size_t>((end_ - begin_) * width);
  trace_.resize(cells, static_cast<std::uint8_t>(kNoSample));
  row_weights_.resize(static_cast<std::size_t>(end_ - begin_), 0.0F);
  const std::int64_t from = std::max(tile.first_row + tile.data_rows.begin, begin_);
  for (std::int64_t row = from; row < tile.first_row + tile.data_rows.end; ++row) {
    const auto i = static_cast<std::size_t>(row - tile.first_row);
    if (tile.first_column == 0) {
      row_weights_[static_cast<std::size_t>(row - begin_)] += tile_rows_[i];
    }
    const float* values = tile.values.data() + i * static_cast<std::size_t>(tile.columns);
    std::transform(values,
                   values + tile.data_columns,
                   trace_.begin() + ((row - begin_) * width + tile.first_column),
                   [](float value) { return static_cast<std::uint8_t>(value); });
  }
}

std::uint64_t MaskMerger::blend(const FibreTile& tile,
                                std::span<const float> from,
                                std::vector<float>& sums) {
  GEOD_CHECK(from.size() == static_cast<std::size_t>(tile.rows * tile.columns),
             "probabilities have the tile's size");
  std::uint64_t unusable = 0;
  const std::int64_t first = std::max(tile.first_row + tile.data_rows.begin, begin_);
  for (std::int64_t row = first; row < tile.first_row + tile.data_rows.end; ++row) {
    const auto i = static_cast<std::size_t>(row - tile.first_row);
    const float* values = from.data() + i * static_cast<std::size_t>(tile.columns);
    float* to = sums.data() + ((row - begin_) * grid_->columns + tile.first_column);
    const float weight = tile_rows_[i];
    for (std::int64_t c = 0; c < tile.data_columns; ++c) {
      const bool is_usable = std::isfinite(values[c]);
      unusable += is_usable ? 0U : 1U;
      to[c] += is_usable ? weight * tile_columns_[static_cast<std::size_t>(c)] * values[c] : 0.0F;
    }
  }
  return unusable;
}

void MaskMerger::take_rest(std::vector<MaskRows>& out) {
  if (grid_) {
    take(end_, out);
  }
  grid_.reset();
  sums_ = {};
  trace_.clear();
  row_weights_.clear();
}

void MaskMerger::take(std::int64_t to, std::vector<MaskRows>& out) {
  if (to <= begin_) {
    return;
  }
  const std::int64_t width = grid_->columns;
  MaskRows rows;
  rows.grid = grid_;
  rows.first_row = begin_;
  rows.rows = to - begin_;
  rows.begins_segment = std::exchange(is_first_, false);
  const std::int64_t cells = rows.rows * width;
  for (std::size_t phase = 0; phase < sums_.size(); ++phase) {
    std::vector<float>& sums = sums_[phase];
    if (sums.empty()) {
      continue;
    }
    std::vector<float>& probability = rows.probability[phase];
    probability.assign(sums.begin(), sums.begin() + cells);
    sums.erase(sums.begin(), sums.begin() + cells);
    for (std::int64_t row = 0; row < rows.rows; ++row) {
      const float row_weight = row_weights_[static_cast<std::size_t>(row)];
      float* of_row = probability.data() + row * width;
      for (std::int64_t c = 0; c < width; ++c) {
        of_row[c] /= row_weight * column_weights_[static_cast<std::size_t>(c)];
      }
    }
  }
  rows.trace.assign(trace_.begin(), trace_.begin() + cells);
  trace_.erase(trace_.begin(), trace_.begin() + cells);
  row_weights_.erase(row_weights_.begin(), row_weights_.begin() + rows.rows);
  begin_ = to;
  out.push_back(std::move(rows));
}

}  // namespace geod::models
