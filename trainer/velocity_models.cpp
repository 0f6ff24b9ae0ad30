#include "trainer/velocity_models.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.hpp"
#include "trainer/velocity_layers.hpp"
#include "trainer/velocity_styles.hpp"

namespace geod::trainer {
namespace {

using Shape = VelocityRecipe::Shape;

/// In the order of openfwi_sets().
constexpr std::array<VelocityRecipe, 10> kRecipes{{
    {"FVA", Shape::kFlat, true, 3, 8, 0, 0.0, 0.0, 4300.0},
    {"FVB", Shape::kFlat, false, 3, 8, 0, 0.0, 0.0, 4480.0},
    {"CVA", Shape::kCurved, true, 3, 8, 0, 8.0, 25.0, 4350.0},
    {"CVB", Shape::kCurved, false, 3, 8, 0, 10.0, 30.0, 4500.0},
    {"FFA", Shape::kFlat, true, 2, 4, 1, 0.0, 0.0, 3750.0},
    {"FFB", Shape::kFlat, true, 6, 8, 3, 0.0, 0.0, 3050.0},
    {"CFA", Shape::kCurved, true, 2, 4, 1, 8.0, 20.0, 3950.0},
    {"CFB", Shape::kCurved, true, 6, 8, 3, 8.0, 20.0, 3050.0},
    {"STA", Shape::kSmooth, true, 0, 0, 0, 0.0, 0.0, 3050.0},
    {"STB", Shape::kTextured, true, 0, 0, 0, 0.0, 0.0, 2500.0},
}};

/// Rows around the sources that the amplitude of a record is decided by.
constexpr std::size_t kRowsAtSources = 4;

bool is_within_amplitudes(const VelocityRecipe& recipe, const std::vector<float>& model) {
  const auto end = model.begin() + static_cast<std::ptrdiff_t>(kRowsAtSources * kVelocityCells);
  return static_cast<double>(*std::max_element(model.begin(), end)) <=
         recipe.fastest_at_sources_m_per_s;
}

std::vector<float> draw_any(const VelocityRecipe& recipe, std::size_t layers, Rng& rng) {
  switch (recipe.shape) {
    case Shape::kSmooth:
      return draw_smooth_model(rng);
    case Shape::kTextured:
      return draw_textured_model(rng);
    case Shape::kFlat:
    case Shape::kCurved:
      break;
  }
  return draw_layered_model(recipe, layers, rng);
}

}  // namespace

const VelocityRecipe& velocity_recipe(const OpenFwiSet& set) {
  const auto found = std::ranges::find(kRecipes, set.code, &VelocityRecipe::code);
  GEOD_CHECK(found != kRecipes.end(), "a data set without a recipe");
  return *found;
}

std::vector<float> draw_velocity_model(const VelocityRecipe& recipe, std::size_t layers, Rng& rng) {
  // One draw in a few is too fast at the sources at most; many in a row do not happen.
  constexpr int kMostDraws = 1000;
  std::vector<float> model;
  for (int draw = 0; draw < kMostDraws; ++draw) {
    model = draw_any(recipe, layers, rng);
    if (is_within_amplitudes(recipe, model)) {
      break;
    }
  }
  return model;
}

}  // namespace geod::trainer
