#include "trainer/svg_axis.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace geod::trainer {
namespace {

/// Share of the span that a linear axis goes beyond the data.
constexpr double kMargin = 0.04;
constexpr double kNice[] = {1.0, 2.0, 5.0};

}  // namespace

double nice_step(double rough) {
  const double decade = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double factor : kNice) {
    if (factor * decade >= rough * (1.0 - 1e-9)) {
      return factor * decade;
    }
  }
  return 10.0 * decade;
}

SvgAxis::SvgAxis(const PlotAxis& axis, double low, double high)
    : logarithmic_(axis.logarithmic && axis.from.value_or(low) > 0.0), low_(low), high_(high) {
  if (!(high_ > low_)) {
    const double half = low_ == 0.0 ? 0.5 : std::abs(low_) * 0.1;
    low_ -= half;
    high_ += half;
  } else if (logarithmic_) {
    const double factor = std::pow(high_ / low_, kMargin);
    low_ /= factor;
    high_ *= factor;
  } else {
    const double margin = kMargin * (high_ - low_);
    low_ -= margin;
    high_ += margin;
  }
  low_ = axis.from.value_or(low_);
  high_ = axis.to.value_or(high_);
}

double SvgAxis::pixel(double value) const {
  const double share = logarithmic_ ? std::log(value / low_) / std::log(high_ / low_)
                                    : (value - low_) / (high_ - low_);
  return from_px_ + share * (to_px_ - from_px_);
}

std::vector<AxisTick> SvgAxis::ticks(int most) const {
  return logarithmic_ ? logarithmic_ticks(most) : linear_ticks(most);
}

std::vector<AxisTick> SvgAxis::linear_ticks(int most) const {
  const double step = nice_step((high_ - low_) / std::max(1, most));
  std::vector<AxisTick> out;
  const double rounding = 1e-9 * step;
  for (double n = std::ceil((low_ - rounding) / step); n * step <= high_ + rounding; n += 1.0) {
    out.push_back({n * step, tick_text(n * step, step)});
  }
  return out;
}

std::vector<AxisTick> SvgAxis::logarithmic_ticks(int most) const {
  const auto text = [](double value) {
    return value >= 1e-3 && value < 1e5 ? fmt::format("{:g}", value) : fmt::format("{:.0e}", value);
  };
  const int first = static_cast<int>(std::floor(std::log10(low_)));
  const int last = static_cast<int>(std::ceil(std::log10(high_)));
  std::vector<AxisTick> decades;
  std::vector<AxisTick> all;
  for (int decade = first; decade <= last; ++decade) {
    for (const double factor : kNice) {
      const double value = factor * std::pow(10.0, decade);
      if (contains(value)) {
        all.push_back({value, text(value)});
        if (factor == 1.0) {
          decades.push_back(all.back());
        }
      }
    }
  }
  std::vector<AxisTick> chosen = decades.size() >= 2 ? decades : all;
  while (static_cast<int>(chosen.size()) > std::max(2, most)) {
    std::vector<AxisTick> fewer;
    for (std::size_t i = 0; i < chosen.size(); i += 2) {
      fewer.push_back(chosen[i]);
    }
    chosen = std::move(fewer);
  }
  return chosen;
}

std::string tick_text(double value, double step) {
  const int decimals = std::clamp(static_cast<int>(-std::floor(std::log10(step) + 1e-9)), 0, 9);
  return fmt::format("{:.{}f}", std::abs(value) < step * 1e-6 ? 0.0 : value, decimals);
}

}  // namespace geod::trainer
