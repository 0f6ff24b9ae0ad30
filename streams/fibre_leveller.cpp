#include "streams/fibre_leveller.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "core/fibre_tile.hpp"

namespace geod::streams {
namespace {

/// Of a normal distribution: sigma / mean |x|, and the deviation of |x| from its mean / mean.
constexpr float kSigmaOfMean = 1.2533F;
constexpr double kSpreadOfSize = 0.7555;

std::size_t at(std::int64_t index) {
  return static_cast<std::size_t>(index);
}

/// What the second smallest of `spans` means of |x| over kQuietRows is, over the mean of all, for
/// white normal noise. Sources: Blom (1958) for the expected order statistic, Tukey's lambda for
/// the quantile of the normal distribution.
float second_of(double spans) {
  const double share = (2.0 - 0.375) / (spans + 0.25);
  const double normal = 4.91 * (std::pow(share, 0.14) - std::pow(1.0 - share, 0.14));
  const double spread = kSpreadOfSize / std::sqrt(static_cast<double>(FibreLeveller::kQuietRows));
  return static_cast<float>(1.0 + normal * spread);
}

}  // namespace

/// Second-order Butterworth high-pass by the bilinear transform (Oppenheim & Schafer, Discrete-Time
/// Signal Processing, chapter on IIR design), prewarped at the corner.
FibreLeveller::FibreLeveller(std::int64_t columns, double band_low, double clip_sigmas)
    : columns_(columns),
      settle_rows_(
          std::min(static_cast<std::int64_t>(std::ceil(1.0 / band_low)), kRecoverRows / 2)),
      gain_(static_cast<float>(127.5 / clip_sigmas) / kSigmaOfMean),
      state1_(at(columns), 0.0F),
      state2_(at(columns), 0.0F),
      level_(at(columns), 0.0F),
      short_(at(columns), 0.0F),
      frozen_(at(columns), 0.0F),
      recovering_(at(columns), static_cast<std::int32_t>(kRecoverRows)),
      recovered_sum_(at(columns), 0.0F),
      filtered_(at(columns), 0.0F) {
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
  set_first_levels({filtered, first_.size()});
  for (std::size_t r = 0; r < rows; ++r) {
    scale(row_of(first_dead_, r), filtered + r * width);
  }
  first_ = {};
  first_dead_ = {};
}

void FibreLeveller::high_pass(std::span<const float> row,
                              std::span<const std::uint8_t> dead,
                              float* filtered) {
  const Biquad f = filter_;
  float* s1 = state1_.data();
  float* s2 = state2_.data();
  const float* x = row.data();
  for (std::size_t c = 0; c < row.size(); ++c) {
    const float y = f.b0 * x[c] + s1[c];
    s1[c] = f.b1 * x[c] - f.a1 * y + s2[c];
    s2[c] = f.b2 * x[c] - f.a2 * y;
    filtered[c] = y;
  }
  if (std::find(dead.begin(), dead.end(), 1) == dead.end()) {
    return;
  }
  for (std::size_t c = 0; c < row.size(); ++c) {
    if (dead[c] != 0) {
      s1[c] = 0.0F;
      s2[c] = 0.0F;
      filtered[c] = 0.0F;
    }
  }
}

void FibreLeveller::take_off_common_mode(std::span<const std::uint8_t> dead, float* row) {
  live_.clear();
  for (std::size_t c = 0; c < dead.size(); ++c) {
    if (dead[c] == 0 && recovering_[c] == kRecoverRows) {
      live_.push_back(row[c]);
    }
  }
  if (live_.size() < kFewestForMedian) {
    return;
  }
  const auto middle = live_.begin() + static_cast<std::ptrdiff_t>(live_.size() / 2);
  std::nth_element(live_.begin(), middle, live_.end());
  const float median = *middle;
  for (std::size_t c = 0; c < dead.size(); ++c) {
    row[c] -= dead[c] == 0 ? median : 0.0F;
  }
}

/// The quietest spans but one: an event may fill all others.
void FibreLeveller::set_first_levels(std::span<const float> filtered) {
  const std::size_t width = at(columns_);
  const std::size_t spans = filtered.size() / (width * at(kQuietRows));
  const float expected = second_of(static_cast<double>(spans));
  std::vector<float> means(spans * width, 0.0F);
  for (std::size_t row = 0; row < spans * at(kQuietRows); ++row) {
    float* of_span = means.data() + row / at(kQuietRows) * width;
    for (std::size_t c = 0; c < width; ++c) {
      of_span[c] += std::abs(filtered[row * width + c]) / static_cast<float>(kQuietRows);
    }
  }
  for (std::size_t c = 0; c < width; ++c) {
    float least = means[c];
    float second = std::numeric_limits<float>::max();
    for (std::size_t span = 1; span < spans; ++span) {
      const float mean = means[span * width + c];
      second = std::min(second, std::max(least, mean));
      least = std::min(least, mean);
    }
    level_[c] = second / expected;
    short_[c] = level_[c];
  }
}

void FibreLeveller::scale(std::span<const std::uint8_t> dead, float* row) {
  std::copy_n(row, dead.size(), filtered_.begin());
  measure(row);
  for (std::size_t c = 0; c < dead.size(); ++c) {
    if (dead[c] != 0 || recovering_[c] < kRecoverRows) {
      if (recover(c, dead[c] != 0, filtered_[c])) {
        row[c] = kNoSample;
      }
    }
  }
}

/// Samples to values, and the levels on by one row. All columns alike: the compiler's vectors.
void FibreLeveller::measure(float* row) {
  constexpr float kShortShare = 1.0F / static_cast<float>(kShortRows);
  // The first estimate counts as the rows that it was made of.
  ++rows_;
  const float level_share = 1.0F / static_cast<float>(std::min(kLevelRows, kFirstRows + rows_));
  constexpr auto kFreeze = static_cast<float>(kLongestFreeze);
  float* level = level_.data();
  float* brief = short_.data();
  float* frozen = frozen_.data();
  const float gain = gain_;
  for (std::size_t c = 0; c < filtered_.size(); ++c) {
    const float size = std::abs(row[c]);
    brief[c] += kShortShare * (size - brief[c]);
    const float hot = brief[c] > kHotRatio * level[c] ? 1.0F : 0.0F;
    frozen[c] = hot * (frozen[c] + 1.0F);
    const float share = frozen[c] > kFreeze ? level_share : (1.0F - hot) * level_share;
    level[c] += share * (size - level[c]);
    const float value =
        127.5F + gain * row[c] / std::max(level[c], std::numeric_limits<float>::min());
    row[c] = std::min(std::max(value, 0.0F), 255.0F);
  }
}

/// One row of a column that is dead or was so lately. Returns whether it still has no value.
bool FibreLeveller::recover(std::size_t column, bool is_dead, float sample) {
  if (is_dead) {
    recovering_[column] = 0;
    recovered_sum_[column] = 0.0F;
    return true;
  }
  ++recovering_[column];
  if (recovering_[column] > settle_rows_) {
    recovered_sum_[column] += std::abs(sample);
  }
  const auto measured =
      static_cast<float>(std::max<std::int64_t>(1, recovering_[column] - settle_rows_));
  level_[column] = recovered_sum_[column] / measured;
  short_[column] = level_[column];
  frozen_[column] = 0.0F;
  return recovering_[column] < kRecoverRows;
}

}  // namespace geod::streams
