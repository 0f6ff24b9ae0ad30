#pragma once

#include <cstdint>
#include <span>

#include "trainer/labelled_window.hpp"
#include "trainer/recording.hpp"
#include "trainer/rng.hpp"

namespace geod::trainer {

/// Cuts `window_samples` from `recording`, starting at sample `start` (may lie outside), with every
/// output sample `stretch` input samples after the one before (linear interpolation). The mean of
/// the part that is there is removed; what lies outside the recording is 0. Labels and masks come
/// along, stretched; the half-second masks of doubtful picks keep their width. Of a recording that
/// cannot be read all is 0 and masked.
LabelledWindow cut_window(const Recording& recording,
                          double start,
                          double stretch,
                          std::int64_t window_samples,
                          double sampling_rate_hz);

/// Sum of two windows, as if both had been recorded at once. Every label is tested against the
/// other signal: root mean square of its own window in the second after the pick over that of the
/// other from 1 s before to 0.5 s after (vertical for P, horizontals for S); where that is below 1,
/// the larger of it and the same above 2 Hz, divided by 1.3. At 1 and above the label stays, from
/// 0.25 to 1 it becomes a mask, below it is dropped: nobody could pick it.
LabelledWindow superpose(const LabelledWindow& first,
                         const LabelledWindow& second,
                         double sampling_rate_hz);

/// Root mean square of `own` in the second after `label` over that of `other` from 1 s before to
/// 0.5 s after; vertical for P, horizontals for S.
double level_ratio(const PhaseLabel& label,
                   const LabelledWindow& own,
                   const LabelledWindow& other,
                   double sampling_rate_hz);

/// Sets a random 5 to 60 % at one end to zero, as the start or end of a record does; labels there
/// go. Just after a leading pad a pick is masked for 0.6 s when a label lies within 1 s.
void pad_one_end(LabelledWindow& window, Rng& rng, double sampling_rate_hz);

/// Population standard deviation; 0 for an empty span.
double standard_deviation(std::span<const float> samples);
void remove_mean(std::span<float> samples);

/// Mean removed and divided by the population standard deviation; a constant becomes 0.
void normalise_span(std::span<float> samples);

/// `normalise_span` of every component: what the engine does to a window that is all there.
void normalise(LabelledWindow& window);

/// As `normalise`, over the samples between the zeros at both ends of the window, which stay 0:
/// what the engine does to a window that is partly missing.
void normalise_present(LabelledWindow& window);

}  // namespace geod::trainer
