#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "core/error.hpp"
#include "models/geometry.hpp"
#include "trainer/labelled_window.hpp"
#include "trainer/recording.hpp"
#include "trainer/train_options.hpp"

namespace geod::trainer {

/// What a scalar task should say about one window.
struct ScalarTarget {
  /// pmp: share of up and of down, one of them 1; baz: cosine and sine of the back-azimuth; emg:
  /// magnitude, dis: epicentral distance in km, the second value 0.
  float values[2] = {0.0F, 0.0F};
  bool known = false;  ///< false: the window carries no loss (preset geod: noise)
};

struct ScalarWindow {
  LabelledWindow window;  ///< normalised, augmented; `labels` holds its P
  ScalarTarget target;
};

/// Makes training windows of one scalar task. `draw(n)` depends on n and the sampler's seed alone:
/// it may be called from several threads, and a resumed run continues with the next n.
class ScalarSampler {
 public:
  virtual ~ScalarSampler() = default;
  virtual ScalarWindow draw(std::uint64_t n) const = 0;
  /// Draws in which every labelled event comes once raw and, when augmented, once augmented.
  virtual std::uint64_t epoch_draws() const = 0;
};

/// @param task  pmp, baz, emg or dis (dpk is a programmer error).
/// @param augmented  false: every event as it is, in order, for validation: draw n is event
/// n % epoch_draws().
/// `recordings` must outlive the sampler. kConfig when no recording has a label of the task.
Result<std::unique_ptr<ScalarSampler>> make_scalar_sampler(std::span<const Recording> recordings,
                                                           models::Task task,
                                                           Preset preset,
                                                           std::int64_t window_samples,
                                                           double sampling_rate_hz,
                                                           std::uint64_t seed,
                                                           bool augmented);

}  // namespace geod::trainer
