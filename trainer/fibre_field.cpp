#include "trainer/fibre_field.hpp"

#include <algorithm>
#include <cmath>

#include "trainer/iir_filter.hpp"

namespace geod::trainer {
namespace {

/// Running means of `count` values `stride` apart, over `reach` to both sides.
void smooth_line(float* values,
                 std::int64_t count,
                 std::int64_t stride,
                 std::int64_t reach,
                 std::vector<double>& sums) {
  sums.assign(static_cast<std::size_t>(count) + 1, 0.0);
  for (std::int64_t i = 0; i < count; ++i) {
    sums[static_cast<std::size_t>(i) + 1] =
        sums[static_cast<std::size_t>(i)] + static_cast<double>(values[i * stride]);
  }
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t from = std::max<std::int64_t>(0, i - reach);
    const std::int64_t to = std::min(count, i + reach + 1);
    const double sum = sums[static_cast<std::size_t>(to)] - sums[static_cast<std::size_t>(from)];
    values[i * stride] = static_cast<float>(sum / static_cast<double>(to - from));
  }
}

}  // namespace

std::vector<double> column_deviations(const FibreField& field) {
  constexpr double kMedianOfNormal = 0.6745;
  std::vector<float> magnitudes(static_cast<std::size_t>(field.rows));
  std::vector<double> out;
  for (std::int64_t column = 0; column < field.columns; ++column) {
    for (std::int64_t row = 0; row < field.rows; ++row) {
      magnitudes[static_cast<std::size_t>(row)] = std::abs(field.at(row, column));
    }
    const auto middle = magnitudes.begin() + static_cast<std::ptrdiff_t>(magnitudes.size() / 2);
    std::nth_element(magnitudes.begin(), middle, magnitudes.end());
    out.push_back(static_cast<double>(*middle) / kMedianOfNormal);
  }
  return out;
}

FibreField smoothed_magnitude(const FibreField& field,
                              std::int64_t row_reach,
                              std::int64_t column_reach) {
  FibreField out = field;
  for (float& value : out.values) {
    value = std::abs(value);
  }
  std::vector<double> sums;
  for (std::int64_t column = 0; column < out.columns; ++column) {
    smooth_line(out.values.data() + column, out.rows, out.columns, row_reach, sums);
  }
  for (std::int64_t row = 0; row < out.rows; ++row) {
    smooth_line(out.values.data() + row * out.columns, out.columns, 1, column_reach, sums);
  }
  return out;
}

void band_pass(FibreField& field, double low_hz, double high_hz, double rate_hz) {
  constexpr int kOrder = 2;
  for (std::int64_t column = 0; column < field.columns; ++column) {
    ButterworthFilter low(ButterworthFilter::Kind::kHighPass, kOrder, low_hz, rate_hz);
    ButterworthFilter high(ButterworthFilter::Kind::kLowPass, kOrder, high_hz, rate_hz);
    for (std::int64_t row = 0; row < field.rows; ++row) {
      float& value = field.at(row, column);
      value = static_cast<float>(high.step(low.step(static_cast<double>(value))));
    }
  }
}

}  // namespace geod::trainer
