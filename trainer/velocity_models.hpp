#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "trainer/openfwi_sets.hpp"
#include "trainer/rng.hpp"

namespace geod::trainer {

/// How the velocity models of a data set look. OpenFWI's generator is not published; the numbers
/// are read off what is known of its data (docs/fwi-synthetics.md), and what is drawn resembles it,
/// no more.
struct VelocityRecipe {
  enum class Shape : std::uint8_t { kFlat, kCurved, kSmooth, kTextured };

  std::string_view code;  ///< of OpenFwiSet
  Shape shape = Shape::kFlat;
  bool increases = true;  ///< each layer faster than the one above it
  std::size_t least_layers = 0;
  std::size_t most_layers = 0;
  std::size_t most_faults = 0;  ///< 0: none; else at least one
  /// From the highest to the lowest point of a curved interface, in cells.
  double least_relief = 0.0;
  double most_relief = 0.0;
  /// The fastest velocity around the sources: above it the records leave the amplitudes that the
  /// data set is published with.
  double fastest_at_sources_m_per_s = 0.0;
};

const VelocityRecipe& velocity_recipe(const OpenFwiSet& set);

/// The cells of a model to a side, and the velocities that occur.
inline constexpr std::size_t kVelocityCells = 70;
inline constexpr double kSlowestModelMPerS = 1500.0;
inline constexpr double kFastestModelMPerS = 4500.0;

/// Draws a velocity model, [depths, offsets] of kVelocityCells each, in m/s: whole numbers but in
/// the two styles, whose velocities vary everywhere.
/// @param layers  how many; 0: drawn. Not 0 only for shapes with layers.
std::vector<float> draw_velocity_model(const VelocityRecipe& recipe, std::size_t layers, Rng& rng);

}  // namespace geod::trainer
