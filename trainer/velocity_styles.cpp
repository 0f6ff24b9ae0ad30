#include "trainer/velocity_styles.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "trainer/velocity_models.hpp"

namespace geod::trainer {
namespace {

constexpr std::size_t kCells = kVelocityCells;

/// A Gaussian random field of variance 1 whose correlation at d cells is exp(-d^2 / (2 l^2)): white
/// noise smoothed along both axes with Gaussians of l / sqrt(2). [kCells, kCells]
std::vector<double> random_field(double correlation_cells, Rng& rng) {
  const double width = correlation_cells / std::numbers::sqrt2;
  const auto reach = static_cast<std::size_t>(std::ceil(4.0 * width));
  std::vector<double> weights(2 * reach + 1);
  double squares = 0.0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double d = (static_cast<double>(i) - static_cast<double>(reach)) / width;
    weights[i] = std::exp(-0.5 * d * d);
    squares += weights[i] * weights[i];
  }
  for (double& weight : weights) {
    weight /= std::sqrt(squares);
  }
  const std::size_t side = kCells + 2 * reach;
  std::vector<double> noise(side * side);
  for (double& value : noise) {
    value = rng.normal();
  }
  std::vector<double> along_rows(side * kCells, 0.0);
  for (std::size_t row = 0; row < side; ++row) {
    for (std::size_t column = 0; column < kCells; ++column) {
      for (std::size_t i = 0; i < weights.size(); ++i) {
        along_rows[row * kCells + column] += weights[i] * noise[row * side + column + i];
      }
    }
  }
  std::vector<double> field(kCells * kCells, 0.0);
  for (std::size_t row = 0; row < kCells; ++row) {
    for (std::size_t i = 0; i < weights.size(); ++i) {
      for (std::size_t column = 0; column < kCells; ++column) {
        field[row * kCells + column] += weights[i] * along_rows[(row + i) * kCells + column];
      }
    }
  }
  return field;
}

/// A closed curve around a centre whose radius varies with the direction.
class Blob {
 public:
  explicit Blob(Rng& rng)
      : x_(rng.uniform(-2.0, static_cast<double>(kCells) + 2.0)),
        z_(rng.uniform(-2.0, static_cast<double>(kCells) + 2.0)),
        radius_(rng.log_uniform(1.5, 9.0)),
        flatness_(rng.uniform(0.4, 1.0)) {
    const double turn = rng.uniform(0.0, std::numbers::pi);
    cos_ = std::cos(turn);
    sin_ = std::sin(turn);
    for (std::size_t m = 0; m < kHarmonics; ++m) {
      heights_[m] = rng.uniform(0.0, 0.35) / static_cast<double>(m + 1);
      phases_[m] = rng.uniform(0.0, 2.0 * std::numbers::pi);
    }
  }

  /// False where nothing at this depth is inside.
  bool reaches(double z) const { return std::abs(z - z_) <= kFarthest * radius_; }

  bool holds(double x, double z) const {
    const double across = x - x_;
    const double down = z - z_;
    const double u = cos_ * across + sin_ * down;
    const double v = (cos_ * down - sin_ * across) / flatness_;
    const double distance = std::sqrt(u * u + v * v);
    if (distance > kFarthest * radius_) {
      return false;
    }
    const double direction = std::atan2(v, u);
    double edge = 1.0;
    for (std::size_t m = 0; m < kHarmonics; ++m) {
      edge += heights_[m] * std::cos(static_cast<double>(m + 2) * direction + phases_[m]);
    }
    return distance < radius_ * edge;
  }

 private:
  static constexpr std::size_t kHarmonics = 3;
  static constexpr double kFarthest = 2.0;  // radii: no edge lies farther out

  double x_;
  double z_;
  double radius_;
  double flatness_;
  double cos_;
  double sin_;
  double heights_[kHarmonics] = {};
  double phases_[kHarmonics] = {};
};

/// Adds the growth with depth and keeps the velocities in their range.
std::vector<float> over_depth(const std::vector<double>& field, Rng& rng) {
  const double top = 1880.0 + 150.0 * rng.normal();
  const double gradient = std::clamp(26.5 + 6.0 * rng.normal(), 10.0, 45.0);
  std::vector<float> model(field.size());
  for (std::size_t row = 0; row < kCells; ++row) {
    const double trend = top + gradient * static_cast<double>(row);
    for (std::size_t i = row * kCells; i < (row + 1) * kCells; ++i) {
      model[i] =
          static_cast<float>(std::clamp(trend + field[i], kSlowestModelMPerS, kFastestModelMPerS));
    }
  }
  return model;
}

}  // namespace

std::vector<float> draw_smooth_model(Rng& rng) {
  // Fits the autocorrelation seen along offsets: 0.97, 0.76, 0.50 at 1, 3, 5 cells.
  std::vector<double> field = random_field(rng.uniform(4.0, 5.0), rng);
  const double deviation = rng.uniform(260.0, 340.0);
  for (double& value : field) {
    value *= deviation;
  }
  return over_depth(field, rng);
}

std::vector<float> draw_textured_model(Rng& rng) {
  std::vector<double> field = random_field(2.0, rng);
  const double deviation = rng.uniform(60.0, 100.0);
  for (double& value : field) {
    value *= deviation;
  }
  const std::int64_t blobs = 25 + rng.below(36);
  for (std::int64_t i = 0; i < blobs; ++i) {
    const Blob blob(rng);
    const double offset_m_per_s = (rng.chance(0.5) ? 1.0 : -1.0) * rng.uniform(150.0, 500.0);
    for (std::size_t row = 0; row < kCells; ++row) {
      const double z = static_cast<double>(row) + 0.5;
      for (std::size_t column = 0; blob.reaches(z) && column < kCells; ++column) {
        if (blob.holds(static_cast<double>(column) + 0.5, z)) {
          field[row * kCells + column] += offset_m_per_s;
        }
      }
    }
  }
  return over_depth(field, rng);
}

}  // namespace geod::trainer
