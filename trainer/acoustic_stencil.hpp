#pragma once

namespace geod::trainer {

/// Weights of a second derivative in fourth order: the middle (of both axes together), the two
/// neighbours at one cell, the two at two cells.
inline constexpr float kMiddleWeights = -5.0F;
inline constexpr float kNearWeight = 4.0F / 3.0F;
inline constexpr float kFarWeight = -1.0F / 12.0F;

}  // namespace geod::trainer
