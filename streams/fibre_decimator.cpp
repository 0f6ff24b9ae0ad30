#include "streams/fibre_decimator.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "core/error.hpp"

namespace geod::streams {
namespace {

/// Columns that are summed at a time: sixteen SSE registers' worth are too many, eight fit.
constexpr std::int64_t kStrip = 32;
constexpr double kWidestPass = 0.45;

double sinc(double x) {
  const double angle = std::numbers::pi * x;
  return std::abs(angle) < 1e-9 ? 1.0 : std::sin(angle) / angle;
}

std::size_t at(std::int64_t index) {
  return static_cast<std::size_t>(index);
}

}  // namespace

bool FibreDecimator::supports(SampleRate input, SampleRate grid) {
  const double ratio = input.hz() / grid.hz();
  return ratio >= kSlowestRatio && ratio <= kFastestRatio;
}

FibreDecimator::FibreDecimator(SampleRate input,
                               SampleRate grid,
                               double band_high,
                               std::int64_t columns)
    : columns_(columns) {
  const double slower = std::min(1.0, grid.hz() / input.hz());  // rate, per input row
  const double pass = std::min(band_high * grid.hz() / input.hz(), kWidestPass);
  const double transition = kTransition * slower;
  cut_off_ = pass + transition / 2.0;
  const double taps = (kStopBandDb - 7.95) / (14.36 * transition);
  half_ = static_cast<std::int64_t>(std::ceil(taps / 2.0));
  taps_.resize(at(2 * half_));
}

float* FibreDecimator::append() {
  const std::size_t size = at((end_ - base_) * columns_);
  ++end_;
  rows_.resize(size + at(columns_));
  return rows_.data() + size;
}

void FibreDecimator::set_taps(double fraction) {
  taps_fraction_ = fraction;
  const double beta = 0.1102 * (kStopBandDb - 8.7);
  const auto reach = static_cast<double>(half_);
  std::vector<double> exact(taps_.size());
  double sum = 0.0;
  for (std::size_t j = 0; j < exact.size(); ++j) {
    const double distance = static_cast<double>(j) - (reach - 1.0) - fraction;
    const double inside = 1.0 - (distance / reach) * (distance / reach);
    exact[j] = inside <= 0.0 ? 0.0
                             : sinc(2.0 * cut_off_ * distance) *
                                   std::cyl_bessel_i(0.0, beta * std::sqrt(inside));
    sum += exact[j];
  }
  std::transform(exact.begin(), exact.end(), taps_.begin(), [sum](double tap) {
    return static_cast<float>(tap / sum);
  });
}

void FibreDecimator::rows_at(std::span<const Position> positions, float* out) {
  const std::size_t width = taps_.size();
  taps_of_.resize(positions.size() * width);
  sources_.resize(positions.size() * width);
  for (std::size_t p = 0; p < positions.size(); ++p) {
    const auto [whole, fraction] = positions[p];
    GEOD_CHECK(base_ == 0 || whole - half_ + 1 >= base_, "rows that are needed were kept");
    if (fraction != taps_fraction_) {
      set_taps(fraction);
    }
    std::copy(
        taps_.begin(), taps_.end(), taps_of_.begin() + static_cast<std::ptrdiff_t>(p * width));
    for (std::size_t j = 0; j < width; ++j) {
      const std::int64_t row =
          std::clamp(whole - half_ + 1 + static_cast<std::int64_t>(j), base_, end_ - 1);
      sources_[p * width + j] = rows_.data() + at((row - base_) * columns_);
    }
  }
  // Strip by strip, so that the positions find the rows that they share in the cache.
  std::int64_t column = 0;
  for (; column + kStrip <= columns_; column += kStrip) {
    for (std::size_t p = 0; p < positions.size(); ++p) {
      sum_strip(column, p, out + static_cast<std::int64_t>(p) * columns_ + column);
    }
  }
  for (; column < columns_; ++column) {
    for (std::size_t p = 0; p < positions.size(); ++p) {
      float sum = 0.0F;
      for (std::size_t j = p * width; j < (p + 1) * width; ++j) {
        sum += taps_of_[j] * sources_[j][column];
      }
      out[static_cast<std::int64_t>(p) * columns_ + column] = sum;
    }
  }
}

void FibreDecimator::sum_strip(std::int64_t column, std::size_t position, float* out) const {
  const std::size_t width = taps_.size();
  const float* taps = taps_of_.data() + position * width;
  const float* const* sources = sources_.data() + position * width;
  std::array<float, kStrip> sums{};
  for (std::size_t j = 0; j < width; ++j) {
    const float tap = taps[j];
    const float* from = sources[j] + column;
    for (std::size_t i = 0; i < kStrip; ++i) {
      sums[i] += tap * from[i];
    }
  }
  std::copy(sums.begin(), sums.end(), out);
}

void FibreDecimator::forget_before(std::int64_t row) {
  const std::int64_t unused = std::min(row - half_, end_ - 1) - base_;
  // Rarely, so that each row is moved once at most.
  if (unused > 2 * half_) {
    rows_.erase(rows_.begin(), rows_.begin() + static_cast<std::ptrdiff_t>(unused * columns_));
    base_ += unused;
  }
}

}  // namespace geod::streams
