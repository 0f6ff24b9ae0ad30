#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace geod::trainer {

/// What an axis shows, and what of it is fixed.
struct PlotAxis {
  std::string label;  ///< with the unit
  bool logarithmic = false;
  std::optional<double> from;  ///< absent: from the data
  std::optional<double> to;
};

struct AxisTick {
  double value = 0.0;
  std::string text;
};

/// Maps values to pixels and says where ticks stand. Immutable.
class SvgAxis {
 public:
  /// @param low, high  of the data; a span of nothing is widened. On a logarithmic axis values must
  /// be above 0; where `low` is not, the axis is linear.
  SvgAxis(const PlotAxis& axis, double low, double high);

  /// Sets the pixels that the ends of the axis come to lie at.
  void place(double from_px, double to_px) {
    from_px_ = from_px;
    to_px_ = to_px;
  }
  double pixel(double value) const;
  double low() const { return low_; }
  double high() const { return high_; }
  bool logarithmic() const { return logarithmic_; }
  bool contains(double value) const { return value >= low_ && value <= high_; }

  /// Ticks at 1, 2 or 5 times powers of ten, at most `most` of them (on a logarithmic axis at
  /// powers of ten where there are two or more).
  std::vector<AxisTick> ticks(int most) const;

 private:
  std::vector<AxisTick> linear_ticks(int most) const;
  std::vector<AxisTick> logarithmic_ticks(int most) const;

  bool logarithmic_;
  double low_;
  double high_;
  double from_px_ = 0.0;
  double to_px_ = 1.0;
};

/// The least of 1, 2, 5 times a power of ten that is not below `rough`, which is above 0.
double nice_step(double rough);

/// A number with as many decimals as `step` needs: 0.25 of 0.05, 1500 of 500.
std::string tick_text(double value, double step);

}  // namespace geod::trainer
