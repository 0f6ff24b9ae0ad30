#pragma once

#include "trainer/labelled_window.hpp"
#include "trainer/rng.hpp"

namespace geod::trainer {

/// Turns the ground motion clockwise, seen from above: what came from azimuth A comes from
/// A + `angle_rad`.
void rotate_horizontals(LabelledWindow& window, double angle_rad);

/// What instruments and sites do to a window, in this order and with these rates: clipping at
/// 10 to 70 % of the peak 5 %; sign 50 %;
/// horizontals turned by any angle 60 %; horizontals absent 12 %, one absent 4 %, vertical absent
/// 2 %; high-pass 0.3-3 Hz 25 %; low-pass 12-40 Hz 10 %; random-walk drift 10 %; zeros at one end
/// 10 %; a spike or a step 4 %. Labels keep their places, except those under zeros.
void augment_components(LabelledWindow& window, Rng& rng, double sampling_rate_hz);

}  // namespace geod::trainer
