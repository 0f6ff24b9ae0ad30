#pragma once

#include <cstddef>
#include <vector>

#include "trainer/rng.hpp"
#include "trainer/velocity_models.hpp"

namespace geod::trainer {

/// A model of layers, flat or curved, whole or with faults. Parts of draw_velocity_model, which is
/// what others call.
std::vector<float> draw_layered_model(const VelocityRecipe& recipe, std::size_t layers, Rng& rng);

}  // namespace geod::trainer
