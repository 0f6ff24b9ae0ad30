#include "streams/fibre_leveller.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "core/fibre_tile.hpp"

namespace geod::streams {
namespace {

/// Of a normal distribution: sigma / mean |x|, and the 20 % quantile of |x| / sigma.
constexpr float kSigmaOfMean = 1.2533F;
constexpr float kLowQuantile = 0.2533F;

std::size_t at(std::int64_t index) {
  return static_cast<std::size_t>(index);
}

}  // namespace

/// Second-order Butterworth high-pass by the bilinear transform (Oppenheim & Schafer, Discrete-Time
/// Signal Processing, chapter on IIR design), prewarped at the corner.
FibreLeveller::FibreLeveller(std::int64_t columns, double band_low, double clip_sigmas)
    : columns_(columns),
      settle_rows_(static_cast<std::int64_t>(std::ceil(1.0 / band_low))),
      gain_(static_cast<float>(127.5 / clip_sigmas) / kSigmaOfMean),
      state1_(at(columns), 0.0F),
      state2_(at(columns), 0.0F),
      level_(at(columns), 0.0F),
      short_(at(columns), 0.0F),
      frozen_(at(columns), 0.0F),
      recovering_(at(columns), static_cast<std::int32_t>(kRecoverRows)) {
  const double k = std::tan(std::numbers::pi * band_low);
  const double norm = 1.0 / (1.0 + std::numbers::sqrt2 * k + k * k);
  filter_.b0 = static_cast<float>(norm);
  filter_.b1 = static_cast<float>(-2.0 * norm);
  filter_.b2 = static_cast<float>(norm);
  filter_.a1 = static_cast<float>(2.0 * (k * k - 1.0) * norm);
  filter_.a2 = static_cast<float>((1.0 - std::numbers::sqrt2 * k + k * k) * norm);
}

void FibreLeveller::push(std::span<const float> row,
                         std::span<const std::uint8_t> dead,
                         std::vector<float>& out) {
  if (!begun_) {
    first_.insert(first_.end(), row.begin(), row.end());
    first_dead_.insert(first_dead_.end(), dead.begin(), dead.end());
    if (first_.size() == at(kFirstRows * columns_)) {
      begin(out);
    }
    return;
  }
  const std::size_t size = out.size();
  out.resize(size + row.size());
  float* filtered = out.data() + size;
  high_pass(row, dead, filtered);
  take_off_common_mode(dead, filtered);
  scale(dead, filtered);
}

void FibreLeveller::finish(std::vector<float>& out) {
  if (!begun_ && first_.size() >= at(kFewestRows * columns_)) {
    begin(out);
  }
}

void FibreLeveller::begin(std::vector<float>& out) {
  begun_ = true;
  const std::size_t width = at(columns_);
  const std::size_t rows = first_.size() / width;
  const auto row_of = [width](const auto& all, std::size_t r) {
    return std::span(all).subspan(r * width, width);
  };
  // The offset of the last row, with which the filter would begin its way back.
  const std::vector<float> offset(first_.end() - static_cast<std::ptrdiff_t>(width), first_.end());
  for (std::size_t i = 0; i < first_.size(); ++i) {
    first_[i] -= offset[i % width];
  }
  // Steady state for that offset is carried on: what comes is relative to it, too.
  std::vector<float> scratch(width);
  for (std::size_t r = rows; r-- > 0;) {
    high_pass(row_of(first_, r), row_of(first_dead_, r), scratch.data());
  }
  const std::size_t size = out.size();
  out.resize(size + first_.size());
  float* filtered = out.data() + size;
  for (std::size_t r = 0; r < rows; ++r) {
    high_pass(row_of(first_, r), row_of(first_dead_, r), filtered + r * width);
    take_off_common_mode(row_of(first_dead_, r), filtered + r * width);
  }
  // A constant input is nothing to the filter but the sum that its states hold of it.
  for (std::size_t c = 0; c < width; ++c) {
    state1_[c] += (filter_.b1 + filter_.b2) * offset[c];
    state2_[c] += filter_.b2 * offset[c];
  }
  set_first_levels();
  for (std::size_t r = 0; r < rows; ++r) {
    scale(row_of(first_dead_, r), filtered + r * width);
  }
  first_ = {};
  first_dead_ = {};
}

}  // namespace geod::streams
