#pragma once

#include <vector>

#include "trainer/rng.hpp"

namespace geod::trainer {

/// Models of the styles: velocities that grow with depth, and on top of that a smooth random field
/// (Style-A) or many small closed shapes with edges and a fine random field (Style-B). Parts of
/// draw_velocity_model, which is what others call.
std::vector<float> draw_smooth_model(Rng& rng);
std::vector<float> draw_textured_model(Rng& rng);

}  // namespace geod::trainer
