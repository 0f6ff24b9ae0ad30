#include "streams/resample_filter.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace geod::streams {
namespace {

constexpr double kRatioStep = 1e-4;

/// Modified Bessel function of the first kind, order 0, by its power series.
double bessel_i0(double x) {
  const double quarter = x * x / 4.0;
  double term = 1.0;
  double sum = 1.0;
  for (int k = 1; term > 1e-17 * sum; ++k) {
    term *= quarter / (static_cast<double>(k) * k);
    sum += term;
  }
  return sum;
}

double sinc(double x) {
  const double angle = std::numbers::pi * x;
  return std::abs(angle) < 1e-9 ? 1.0 : std::sin(angle) / angle;
}

}  // namespace

ResampleFilter::ResampleFilter(double ratio) {
  const double band = std::min(1.0, 1.0 / ratio);
  const bool only_delays = std::abs(ratio - 1.0) <= kRatioStep;
  const double cut_off = only_delays ? 1.0 : band * (1.0 - kTransition / 2.0);
  const double beta = 0.1102 * (kStopBandDb - 8.7);
  // Kaiser's length for a transition given as a fraction of the sample rate (Nyquist = 0.5).
  const double taps = (kStopBandDb - 7.95) / (14.36 * kTransition * band / 2.0);
  half_ = static_cast<std::int64_t>(std::ceil(taps / 4.0)) * 2;  // even: taps in groups of four
  phases_ = static_cast<std::size_t>(std::max(16.0, std::ceil(kFinestPhases * band)));
  const auto width = static_cast<std::size_t>(2 * half_);
  const auto reach = static_cast<double>(half_);
  table_.resize((phases_ + 1) * width);
  for (std::size_t phase = 0; phase <= phases_; ++phase) {
    const double fraction = static_cast<double>(phase) / static_cast<double>(phases_);
    double* row = table_.data() + phase * width;
    double sum = 0.0;
    for (std::size_t j = 0; j < width; ++j) {
      const double distance = static_cast<double>(j) - (reach - 1.0) - fraction;
      const double inside = 1.0 - (distance / reach) * (distance / reach);
      row[j] = inside <= 0.0 ? 0.0
                             : cut_off * sinc(cut_off * distance) *
                                   bessel_i0(beta * std::sqrt(inside)) / bessel_i0(beta);
      sum += row[j];
    }
    std::for_each(row, row + width, [sum](double& tap) { tap /= sum; });
  }
}

double ResampleFilter::at(std::span<const double> samples, double fraction) const {
  const double position = fraction * static_cast<double>(phases_);
  const auto phase = std::min(static_cast<std::size_t>(position), phases_ - 1);
  const double between = position - static_cast<double>(phase);
  const auto width = static_cast<std::size_t>(2 * half_);
  const double* lower = table_.data() + phase * width;
  const double* upper = lower + width;
  const double* x = samples.data();
  // Four partial sums each: independent chains for the compiler's vectors, one fixed order.
  std::array<double, 4> low{};
  std::array<double, 4> high{};
  for (std::size_t j = 0; j < width; j += 4) {
    for (std::size_t lane = 0; lane < 4; ++lane) {
      low[lane] += lower[j + lane] * x[j + lane];
      high[lane] += upper[j + lane] * x[j + lane];
    }
  }
  const double a = (low[0] + low[1]) + (low[2] + low[3]);
  const double b = (high[0] + high[1]) + (high[2] + high[3]);
  return a + between * (b - a);
}

std::shared_ptr<const ResampleFilter> FilterCache::get(SampleRate input, SampleRate output) {
  const std::int64_t key = std::llround(std::log(input.hz() / output.hz()) / kRatioStep);
  const auto known = filters_.find(key);
  if (known != filters_.end()) {
    return known->second;
  }
  if (filters_.size() >= kMost) {
    filters_.clear();  // channels keep theirs
  }
  auto filter =
      std::make_shared<const ResampleFilter>(std::exp(static_cast<double>(key) * kRatioStep));
  filters_.emplace(key, filter);
  return filter;
}

}  // namespace geod::streams
