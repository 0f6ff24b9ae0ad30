#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "streams/fibre_conditioner.hpp"
#include "tests/support/fibre_signals.hpp"

namespace geod::streams {

inline constexpr std::int64_t kChannels = 40;

inline std::shared_ptr<const FibreGeometry> geometry_of(
    const std::function<void(FibreGeometry&)>& change = [](FibreGeometry&) {}) {
  FibreGeometry geometry = test_geometry(kChannels);
  geometry.channel_spacing_m = 10.0;
  change(geometry);
  return std::make_shared<const FibreGeometry>(geometry);
}

/// The rows of one segment, checked to be without holes.
struct Conditioned {
  FibreGrid grid;
  std::int64_t first_row = 0;
  std::vector<float> values;
  std::int64_t rows() const { return static_cast<std::int64_t>(values.size()) / grid.columns; }
  float at(std::int64_t row, std::int64_t column) const {
    return values[static_cast<std::size_t>((row - first_row) * grid.columns + column)];
  }
  std::int64_t end() const { return first_row + rows(); }
};

inline std::vector<Conditioned> condition(const std::vector<DasBlock>& blocks,
                                          const FibreConditioning& settings = {}) {
  FibreConditioner conditioner(settings);
  std::vector<FibreRows> out;
  for (const FibrePiece& piece : pieces_of(blocks)) {
    const auto pushed = conditioner.push(piece, out);
    EXPECT_TRUE(pushed) << pushed.error().what;
  }
  conditioner.finish(out);
  std::vector<Conditioned> segments;
  for (const FibreRows& rows : out) {
    if (rows.begins_segment) {
      segments.push_back({*rows.grid, rows.first_row, {}});
    }
    EXPECT_EQ(rows.first_row, segments.back().end());
    EXPECT_EQ(rows.values.size(), static_cast<std::size_t>(rows.rows * rows.grid->columns));
    auto& values = segments.back().values;
    values.insert(values.end(), rows.values.begin(), rows.values.end());
  }
  return segments;
}

/// Seconds of a row after kFibreStart.
inline double seconds_of(const Conditioned& rows, std::int64_t row) {
  return to_seconds(TimeGrid(rows.grid.rate).time_of(row) - kFibreStart);
}

inline double root_mean_square(const Conditioned& rows, std::int64_t column) {
  double sum = 0.0;
  for (std::int64_t row = rows.first_row; row < rows.end(); ++row) {
    sum += std::pow(static_cast<double>(rows.at(row, column)) - 127.5, 2);
  }
  return std::sqrt(sum / static_cast<double>(rows.rows()));
}

inline double noise(std::int64_t sample, std::int64_t channel) {
  return fibre_noise(sample, channel);
}

}  // namespace geod::streams
