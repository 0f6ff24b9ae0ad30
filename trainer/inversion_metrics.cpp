#include "trainer/inversion_metrics.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.hpp"

namespace geod::trainer {
namespace {

constexpr std::int64_t kReach = 5;
constexpr std::size_t kWindow = 2 * kReach + 1;
constexpr double kSigma = 1.5;
constexpr double kC1 = 0.01 * 0.01;
constexpr double kC2 = 0.03 * 0.03;

std::array<double, kWindow> gaussian() {
  std::array<double, kWindow> weights{};
  double sum = 0.0;
  for (std::size_t i = 0; i < kWindow; ++i) {
    const double x = static_cast<double>(i) - static_cast<double>(kReach);
    weights[i] = std::exp(-x * x / (2.0 * kSigma * kSigma));
    sum += weights[i];
  }
  for (double& weight : weights) {
    weight /= sum;
  }
  return weights;
}

/// A smoothed copy, with zeros outside: along the columns, then along the rows.
class Smoother {
 public:
  Smoother(std::int64_t rows, std::int64_t columns)
      : rows_(rows), columns_(columns), pass_(static_cast<std::size_t>(rows * columns)) {}

  void smooth(std::span<const double> in, std::vector<double>& out) {
    std::ranges::fill(pass_, 0.0);
    out.assign(in.size(), 0.0);
    for (std::int64_t shift = -kReach; shift <= kReach; ++shift) {
      const double weight = weights_[static_cast<std::size_t>(shift + kReach)];
      const std::int64_t first = std::max<std::int64_t>(0, -shift);
      const std::int64_t last = std::min(columns_, columns_ - shift);
      for (std::int64_t r = 0; r < rows_; ++r) {
        const double* from = in.data() + r * columns_ + shift;
        double* to = pass_.data() + r * columns_;
        for (std::int64_t c = first; c < last; ++c) {
          to[c] += weight * from[c];
        }
      }
    }
    for (std::int64_t r = 0; r < rows_; ++r) {
      const std::int64_t last = std::min(rows_ - 1, r + kReach);
      for (std::int64_t s = std::max<std::int64_t>(0, r - kReach); s <= last; ++s) {
        const double weight = weights_[static_cast<std::size_t>(s - r + kReach)];
        for (std::int64_t c = 0; c < columns_; ++c) {
          out[static_cast<std::size_t>(r * columns_ + c)] +=
              weight * pass_[static_cast<std::size_t>(s * columns_ + c)];
        }
      }
    }
  }

 private:
  std::int64_t rows_;
  std::int64_t columns_;
  std::array<double, kWindow> weights_ = gaussian();
  std::vector<double> pass_;
};

}  // namespace

std::vector<double> ssim_map(std::span<const double> a,
                             std::span<const double> b,
                             std::int64_t rows,
                             std::int64_t columns) {
  GEOD_CHECK(a.size() == b.size() && a.size() == static_cast<std::size_t>(rows * columns),
             "two maps of one size");
  Smoother smoother(rows, columns);
  std::vector<double> mean_a;
  std::vector<double> mean_b;
  std::vector<double> mean_aa;
  std::vector<double> mean_bb;
  std::vector<double> mean_ab;
  std::vector<double> product(a.size());
  smoother.smooth(a, mean_a);
  smoother.smooth(b, mean_b);
  const auto smooth_product =
      [&](std::span<const double> x, std::span<const double> y, std::vector<double>& out) {
        std::ranges::transform(x, y, product.begin(), [](double u, double v) { return u * v; });
        smoother.smooth(product, out);
      };
  smooth_product(a, a, mean_aa);
  smooth_product(b, b, mean_bb);
  smooth_product(a, b, mean_ab);
  std::vector<double> out(a.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double square_a = mean_a[i] * mean_a[i];
    const double square_b = mean_b[i] * mean_b[i];
    const double both = mean_a[i] * mean_b[i];
    const double variances = (mean_aa[i] - square_a) + (mean_bb[i] - square_b);
    out[i] = (2.0 * both + kC1) * (2.0 * (mean_ab[i] - both) + kC2) /
             ((square_a + square_b + kC1) * (variances + kC2));
  }
  return out;
}

InversionScores InversionMetrics::add(std::span<const float> truth,
                                      std::span<const float> predicted) {
  const auto area = static_cast<std::size_t>(rows_ * columns_);
  GEOD_CHECK(truth.size() == predicted.size() && truth.size() % area == 0, "whole maps");
  InversionMetrics batch(rows_, columns_);
  std::vector<double> a(area);
  std::vector<double> b(area);
  for (std::size_t first = 0; first < truth.size(); first += area) {
    for (std::size_t i = 0; i < area; ++i) {
      const auto t = static_cast<double>(truth[first + i]);
      const auto p = static_cast<double>(predicted[first + i]);
      batch.absolute_ += std::abs(p - t);
      batch.square_ += (p - t) * (p - t);
      a[i] = (t + 1.0) / 2.0;
      b[i] = (p + 1.0) / 2.0;
    }
    for (const double value : ssim_map(a, b, rows_, columns_)) {
      batch.ssim_ += value;
    }
    ++batch.maps_;
  }
  add(batch);
  return batch.scores();
}

void InversionMetrics::add(const InversionMetrics& other) {
  GEOD_CHECK(other.rows_ == rows_ && other.columns_ == columns_, "parts of one set");
  maps_ += other.maps_;
  absolute_ += other.absolute_;
  square_ += other.square_;
  ssim_ += other.ssim_;
}

InversionScores InversionMetrics::scores() const {
  const double cells = static_cast<double>(maps_ * rows_ * columns_);
  return {maps_, absolute_ / cells, std::sqrt(square_ / cells), ssim_ / cells};
}

}  // namespace geod::trainer
