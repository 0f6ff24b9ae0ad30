#include "trainer/velocity_layers.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace geod::trainer {
namespace {

constexpr double kCells = static_cast<double>(kVelocityCells);
constexpr double kThinnestLayerCells = 3.0;
constexpr double kLeastContrastMPerS = 50.0;

/// Depths of the interfaces in cells, top down: thicknesses uniform over all that add up (a
/// Dirichlet distribution), none below the thinnest.
std::vector<double> draw_interfaces(std::size_t layers, Rng& rng) {
  std::vector<double> shares(layers);
  double sum = 0.0;
  for (double& share : shares) {
    share = -std::log(1.0 - rng.uniform());
    sum += share;
  }
  const double free = kCells - kThinnestLayerCells * static_cast<double>(layers);
  std::vector<double> interfaces;
  double depth = 0.0;
  for (std::size_t i = 0; i + 1 < layers; ++i) {
    depth += kThinnestLayerCells + free * shares[i] / sum;
    interfaces.push_back(depth);
  }
  return interfaces;
}

/// Whole numbers, top down. Neighbours differ by the least contrast: in a random order redrawn
/// until they do, in a sorted one by spreading what is left of the range.
std::vector<double> draw_velocities(std::size_t layers, bool increases, Rng& rng) {
  std::vector<double> velocities(layers);
  if (increases) {
    const double taken = kLeastContrastMPerS * static_cast<double>(layers - 1);
    for (double& velocity : velocities) {
      velocity = rng.uniform(kSlowestModelMPerS, kFastestModelMPerS - taken);
    }
    std::sort(velocities.begin(), velocities.end());
    for (std::size_t i = 0; i < layers; ++i) {
      velocities[i] = std::round(velocities[i] + kLeastContrastMPerS * static_cast<double>(i));
    }
    return velocities;
  }
  for (std::size_t i = 0; i < layers; ++i) {
    do {
      velocities[i] = std::round(rng.uniform(kSlowestModelMPerS, kFastestModelMPerS));
    } while (i > 0 && std::abs(velocities[i] - velocities[i - 1]) < kLeastContrastMPerS);
  }
  return velocities;
}

/// What is added to the depth of every interface at an offset: a tilt and a few sinusoids, scaled
/// to a relief. One curve for all interfaces, so that they never cross.
class Bend {
 public:
  Bend() = default;  // flat

  Bend(double relief_cells, std::size_t waves, bool is_tilted, Rng& rng) {
    tilt_ = is_tilted ? rng.uniform(-0.5, 0.5) / kCells : 0.0;
    for (std::size_t m = 0; m < waves; ++m) {
      waves_.push_back({rng.uniform(0.3, 1.0),
                        2.0 * std::numbers::pi / rng.uniform(kShortest, kLongest),
                        rng.uniform(0.0, 2.0 * std::numbers::pi)});
    }
    double highest = raw(0.5);
    double lowest = highest;
    for (std::size_t x = 1; x < kVelocityCells; ++x) {
      const double here = raw(static_cast<double>(x) + 0.5);
      highest = std::min(highest, here);
      lowest = std::max(lowest, here);
    }
    scale_ = relief_cells / (lowest - highest);
    middle_ = 0.5 * (lowest + highest);
  }

  double at(double x) const { return waves_.empty() ? 0.0 : scale_ * (raw(x) - middle_); }

 private:
  static constexpr double kShortest = 25.0;  // wavelengths in cells
  static constexpr double kLongest = 80.0;

  struct Wave {
    double height;
    double wave_number;
    double phase;
  };
  double raw(double x) const {
    double sum = tilt_ * x;
    for (const Wave& wave : waves_) {
      sum += wave.height * std::sin(wave.wave_number * x + wave.phase);
    }
    return sum;
  }

  double tilt_ = 0.0;
  std::vector<Wave> waves_;
  double scale_ = 0.0;
  double middle_ = 0.0;
};

/// A straight fault. What lies on the hanging side of it has moved along its dip: down (normal) or
/// up (reverse).
class Fault {
 public:
  explicit Fault(Rng& rng)
      : x_(rng.uniform(0.2, 0.8) * kCells),
        z_(rng.uniform(0.2, 0.8) * kCells),
        dip_(rng.uniform(kGentlest, kSteepest) * std::numbers::pi / 180.0),
        sense_(rng.chance(0.5) ? 1.0 : -1.0),
        throw_((rng.chance(0.5) ? 1.0 : -1.0) * rng.uniform(5.0, 15.0)) {}

  /// Where what is at (x, z) was before the fault moved.
  void undo(double& x, double& z) const {
    const double along_x = sense_ * std::cos(dip_);
    const double along_z = std::sin(dip_);
    // On the hanging side the fault lies below.
    const bool is_right = (x - x_) * along_z > (z - z_) * along_x;
    if (is_right == (sense_ > 0.0)) {
      x -= throw_ * along_x;
      z -= throw_ * along_z;
    }
  }

 private:
  static constexpr double kGentlest = 40.0;  // degrees
  static constexpr double kSteepest = 85.0;

  double x_;
  double z_;
  double dip_;
  double sense_;  // 1: dips to the right
  double throw_;  // in cells along the dip, down is positive
};

/// Layers before anything moved, at any point.
struct Layers {
  std::vector<double> interfaces;
  std::vector<double> velocities;
  Bend bend;

  double at(double x, double z) const {
    const double depth = z - bend.at(x);
    const auto above = std::upper_bound(interfaces.begin(), interfaces.end(), depth);
    return velocities[static_cast<std::size_t>(above - interfaces.begin())];
  }
};

Layers draw_layers(const VelocityRecipe& recipe, std::size_t layers, Rng& rng) {
  if (layers == 0) {
    layers = recipe.least_layers + static_cast<std::size_t>(rng.below(static_cast<std::int64_t>(
                                       recipe.most_layers - recipe.least_layers + 1)));
  }
  Layers out{draw_interfaces(layers, rng), draw_velocities(layers, recipe.increases, rng), {}};
  if (recipe.shape == VelocityRecipe::Shape::kCurved) {
    const double relief = rng.uniform(recipe.least_relief, recipe.most_relief);
    const bool has_faults = recipe.most_faults > 0;
    const std::size_t waves = has_faults ? 1 : 1 + static_cast<std::size_t>(rng.below(3));
    out.bend = Bend(relief, waves, !has_faults, rng);
  }
  return out;
}

/// Layers and the faults that cut them, the last one all others.
struct FaultedLayers {
  Layers layers;
  std::vector<Fault> faults;

  double at(double x, double z) const {
    for (auto fault = faults.rbegin(); fault != faults.rend(); ++fault) {
      fault->undo(x, z);
    }
    return layers.at(x, z);
  }
};

/// The mean over a cell, of 4 by 4 points in it.
double mean_of_cell(const FaultedLayers& drawn, std::size_t row, std::size_t column) {
  constexpr std::size_t kPoints = 4;
  const auto place = [](std::size_t cell, std::size_t point) {
    return static_cast<double>(cell) + (static_cast<double>(point) + 0.5) / kPoints;
  };
  double sum = 0.0;
  for (std::size_t i = 0; i < kPoints * kPoints; ++i) {
    sum += drawn.at(place(column, i % kPoints), place(row, i / kPoints));
  }
  return sum / (kPoints * kPoints);
}

/// Cells that an interface or a fault cuts, whose corners differ, take the mean of what is in them.
std::vector<float> blended_cells(const FaultedLayers& drawn) {
  constexpr std::size_t kCorners = kVelocityCells + 1;
  std::vector<double> corners(kCorners * kCorners);
  for (std::size_t row = 0; row < kCorners; ++row) {
    for (std::size_t column = 0; column < kCorners; ++column) {
      corners[row * kCorners + column] =
          drawn.at(static_cast<double>(column), static_cast<double>(row));
    }
  }
  std::vector<float> model(kVelocityCells * kVelocityCells);
  for (std::size_t row = 0; row < kVelocityCells; ++row) {
    for (std::size_t column = 0; column < kVelocityCells; ++column) {
      const double* const upper = corners.data() + row * kCorners + column;
      const double* const lower = upper + kCorners;
      const bool is_whole = upper[0] == upper[1] && upper[0] == lower[0] && upper[0] == lower[1];
      model[row * kVelocityCells + column] =
          static_cast<float>(std::round(is_whole ? upper[0] : mean_of_cell(drawn, row, column)));
    }
  }
  return model;
}

/// Sharp interfaces: a cell has what is in its middle.
std::vector<float> sharp_cells(const Layers& drawn) {
  std::vector<float> model;
  for (std::size_t row = 0; row < kVelocityCells; ++row) {
    for (std::size_t column = 0; column < kVelocityCells; ++column) {
      model.push_back(static_cast<float>(
          drawn.at(static_cast<double>(column) + 0.5, static_cast<double>(row) + 0.5)));
    }
  }
  return model;
}

}  // namespace

std::vector<float> draw_layered_model(const VelocityRecipe& recipe, std::size_t layers, Rng& rng) {
  FaultedLayers drawn{draw_layers(recipe, layers, rng), {}};
  if (recipe.most_faults == 0) {
    return sharp_cells(drawn.layers);
  }
  const auto more = rng.below(static_cast<std::int64_t>(recipe.most_faults));
  for (std::int64_t i = 0; i <= more; ++i) {
    drawn.faults.emplace_back(rng);
  }
  return blended_cells(drawn);
}

}  // namespace geod::trainer
