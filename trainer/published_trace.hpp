#pragma once

#include <cstdint>

#include "trainer/labelled_window.hpp"
#include "trainer/recording.hpp"
#include "trainer/rng.hpp"

namespace geod::trainer {

/// A whole trace on its way through the published data flow: at most one P and one S, -1 when
/// absent. Source of this file: SeisMoLLM code, training/preprocess.py.
struct PublishedTrace {
  LabelledWindow wave;
  std::int64_t p = -1;
  std::int64_t s = -1;
  bool missing = false;  ///< the recording could not be read
};

/// The trace around one event, samples as stored: the whole recording when it is at most 1.1
/// windows long, else so much of it with P at 5 to 60 %, as the published data sets are cut.
/// Negative picks are absent.
PublishedTrace cut_published_trace(const Recording& recording,
                                   double p_sample,
                                   double s_sample,
                                   std::int64_t window_samples,
                                   Rng& rng);

/// The published augmentations in their order and with their default rates: with 5 % each
/// [P, S + 2 (S - P)) becomes unit noise and the picks go, then channels dropped 40 % and scaled 40
/// %; else shifted 20 %, channels dropped, scaled, pre-emphasised, noise added, a gap, 40 % each.
void augment_as_published(PublishedTrace& trace, Rng& rng);

/// c = randint[0, max(min(P, T - W) - g, 1)), g = 0.5 s; short traces are padded on the right. Not
/// normalised.
LabelledWindow cut_published_window(const PublishedTrace& trace,
                                    std::int64_t window_samples,
                                    double sampling_rate_hz,
                                    Rng& rng);

/// Position `i` of the shuffled order of an epoch of `size` draws: a bijection made of four
/// Feistel-like rounds with cycle walking, so that no order has to be stored.
std::uint64_t shuffled_draw(std::uint64_t seed,
                            std::uint64_t epoch,
                            std::uint64_t i,
                            std::uint64_t size);

}  // namespace geod::trainer
