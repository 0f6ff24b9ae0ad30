#pragma once

#include <cstdint>
#include <vector>

#include "trainer/labelled_window.hpp"
#include "trainer/rng.hpp"

namespace geod::trainer {

/// Coloured Gaussian noise with a random spectral slope, a low-frequency rise, spectral lines in
/// 30 % and slow changes of level in 30 %. Components near unit variance.
LabelledWindow synthetic_noise(Rng& rng, std::int64_t samples, double sampling_rate_hz);

/// A P or S wave train from its onset on, three components, [3, samples] row major.
///
/// Band-shaped noise around `corner_hz` under (1 - exp(-2 t / rise_s)) exp(-t / decay_s); at first
/// rectilinear along `direction`, then scattered; `impulse` adds a first half-cycle and its rebound
/// of that height and sign along `direction`.
struct WaveTrain {
  double corner_hz = 5.0;
  double rise_s = 0.1;
  double decay_s = 2.0;
  double direction[3] = {1.0, 0.0, 0.0};
  double impulse = 0.0;
};

/// Adds `amplitude` times the train to `out` [3, samples], with its onset at sample `onset`
/// (fractions allowed; may lie outside).
void add_wave_train(Rng& rng,
                    const WaveTrain& train,
                    double onset,
                    double amplitude,
                    double sampling_rate_hz,
                    std::int64_t samples,
                    std::vector<float>& out);

/// A P and an S train of random size, shape and delay (S - P 0.6 to 22 s) on `noise`, at 2 to 300
/// times its level; labels tested as in `superpose`.
LabelledWindow synthetic_event(Rng& rng, const LabelledWindow& noise, double sampling_rate_hz);

}  // namespace geod::trainer
