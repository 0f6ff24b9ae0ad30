#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "core/error.hpp"
#include "models/geometry.hpp"
#include "trainer/recording.hpp"
#include "trainer/train_options.hpp"

namespace geod::trainer {

/// Where one example is written, row major.
struct ExampleSpans {
  std::span<float> input;   ///< [C = 3, T], normalised
  std::span<float> target;  ///< dpk: soft labels [2, T]; scalar tasks: [2], as ScalarTarget
  std::span<float> weight;  ///< dpk: [2, T]; scalar tasks: [1], 0 where nothing is known
};

/// Windows of one task with what a loss compares them to.
class ExampleSource {
 public:
  virtual ~ExampleSource() = default;

  /// Example `draw` for optimiser step `step` (targets of preset geod sharpen as a run goes on).
  /// Depends on its arguments and the seed alone. Thread: any.
  virtual void fill(std::uint64_t draw, std::int64_t step, const ExampleSpans& out) const = 0;

  /// Floats of `target` and of `weight` an example.
  virtual std::size_t target_size() const = 0;
  virtual std::size_t weight_size() const = 0;

  /// Examples of an epoch; 0 where the source has no epochs (dpk of preset geod).
  virtual std::uint64_t epoch_draws() const = 0;
};

/// The examples a task and preset train on (`augmented`), or those that a validation loss is
/// computed over. `recordings` must outlive the source. kConfig when they hold no label of the
/// task.
Result<std::unique_ptr<ExampleSource>> make_example_source(
    const TrainOptions& options,
    const models::SeisMollmGeometry& geometry,
    std::span<const Recording> recordings,
    bool augmented);

}  // namespace geod::trainer
