#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/error.hpp"
#include "trainer/labelled_window.hpp"
#include "trainer/recording.hpp"

namespace geod::trainer {

/// Makes training windows. `draw(n)` depends on n and the sampler's seed alone: it may be called
/// from several threads, and a resumed run continues with the next n.
class WindowSampler {
 public:
  virtual ~WindowSampler() = default;
  /// Normalised, augmented, labelled.
  virtual LabelledWindow draw(std::uint64_t n) const = 0;
};

/// How often each kind of window is drawn in the `geod` preset.
struct DrawRates {
  double noise = 0.20;
  double synthetic_event = 0.12;  ///< of the others
  double hand_labelled = 0.45;    ///< of the rest, when there are recordings of kind window
  double superpose = 0.40;        ///< of all but noise: a second labelled draw is added
  double add_noise = 0.40;        ///< of all but noise
  double synthetic_noise = 0.20;  ///< of the noise windows
  double window_noise = 0.25;     ///< of the noise windows, from recordings of kind window
};

/// The `geod` preset: several events a window, events cut at its ends, coda under the next onset,
/// noise windows, padding, filters, missing components. What it draws and in which order:
/// docs/training.md.
///
/// `recordings` must outlive the sampler. kConfig when there is no label to draw from.
Result<std::unique_ptr<WindowSampler>> make_geod_sampler(std::span<const Recording> recordings,
                                                         std::int64_t window_samples,
                                                         double sampling_rate_hz,
                                                         std::uint64_t seed,
                                                         const DrawRates& rates = {});

/// The `seismollm` preset: the published window cut and augmentations (default rates). Draws
/// alternate in epochs of twice the number of labelled events: the first half raw, the second half
/// augmented; order shuffled per epoch.
///
/// Every event is the recording's P label with the S label that follows it. kConfig when there is
/// no such pair. `recordings` must outlive the sampler.
Result<std::unique_ptr<WindowSampler>> make_seismollm_sampler(std::span<const Recording> recordings,
                                                              std::int64_t window_samples,
                                                              double sampling_rate_hz,
                                                              std::uint64_t seed,
                                                              bool augmented = true);

/// Events the `seismollm` preset draws from: P labels with an S label after them. An epoch has
/// twice as many draws, half of them augmented; without augmentation as many, all raw.
std::uint64_t labelled_pair_count(std::span<const Recording> recordings);

}  // namespace geod::trainer
