#pragma once

#include <span>

#include "core/window.hpp"

namespace geod::models {

/// The z-score of the published preprocessing, per component: mean removed, divided by the
/// population standard deviation, both over the samples that are there; 0 where samples are
/// missing. A constant component becomes zeros. So does a component that holds a value which is
/// not finite: it carries no usable signal, and the network was trained on absent components.
///
/// @param out  [3, T] row major, T = window.samples.
void normalise(const Window& window, std::span<float> out);

}  // namespace geod::models
