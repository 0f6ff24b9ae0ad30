#include "trainer/example_source.hpp"

#include <algorithm>
#include <utility>

#include "trainer/pick_targets.hpp"
#include "trainer/scalar_sampler.hpp"
#include "trainer/window_sampler.hpp"

namespace geod::trainer {
namespace {

/// Labels of the geod preset are believed this close, whatever masks say.
constexpr double kKeepS = 0.3;
/// Share of the run in which the label width shrinks.
constexpr double kShrinkShare = 0.4;

class PickExamples final : public ExampleSource {
 public:
  PickExamples(const TrainOptions& options,
               double rate_hz,
               std::int64_t window_samples,
               std::uint64_t epoch_draws,
               std::unique_ptr<WindowSampler> sampler)
      : preset_(options.preset),
        sigma_start_(options.sigma_start_samples),
        sigma_end_(options.sigma_samples),
        shrink_steps_(std::max(1.0, kShrinkShare * static_cast<double>(options.steps))),
        rate_hz_(rate_hz),
        values_(2 * static_cast<std::size_t>(window_samples)),
        epoch_draws_(epoch_draws),
        sampler_(std::move(sampler)) {}

  void fill(std::uint64_t draw, std::int64_t step, const ExampleSpans& out) const override {
    const LabelledWindow window = sampler_->draw(draw);
    std::ranges::copy(window.data, out.input.begin());
    const PickTargets targets{out.target, out.weight};
    if (preset_ == Preset::kSeismollm) {
      seismollm_targets(window, rate_hz_, targets);
      return;
    }
    const double progress = std::min(1.0, static_cast<double>(step) / shrink_steps_);
    geod_targets(
        window, sigma_start_ + (sigma_end_ - sigma_start_) * progress, kKeepS * rate_hz_, targets);
  }

  std::size_t target_size() const override { return values_; }
  std::size_t weight_size() const override { return values_; }
  std::uint64_t epoch_draws() const override { return epoch_draws_; }

 private:
  Preset preset_;
  double sigma_start_;
  double sigma_end_;
  double shrink_steps_;
  double rate_hz_;
  std::size_t values_;
  std::uint64_t epoch_draws_;
  std::unique_ptr<WindowSampler> sampler_;
};

class ScalarExamples final : public ExampleSource {
 public:
  explicit ScalarExamples(std::unique_ptr<ScalarSampler> sampler) : sampler_(std::move(sampler)) {}

  void fill(std::uint64_t draw, std::int64_t /*step*/, const ExampleSpans& out) const override {
    const ScalarWindow drawn = sampler_->draw(draw);
    std::ranges::copy(drawn.window.data, out.input.begin());
    std::ranges::copy(drawn.target.values, out.target.begin());
    out.weight[0] = drawn.target.known ? 1.0F : 0.0F;
  }

  std::size_t target_size() const override { return 2; }
  std::size_t weight_size() const override { return 1; }
  std::uint64_t epoch_draws() const override { return sampler_->epoch_draws(); }

 private:
  std::unique_ptr<ScalarSampler> sampler_;
};

Result<std::unique_ptr<ExampleSource>> pick_examples(const TrainOptions& options,
                                                     const models::SeisMollmGeometry& geometry,
                                                     std::span<const Recording> recordings,
                                                     bool augmented) {
  const double rate = geometry.sampling_rate.hz();
  const std::int64_t samples = geometry.window_samples;
  const bool published = options.preset == Preset::kSeismollm;
  DrawRates rates;
  rates.hand_labelled = options.hand_labelled_rate;
  auto sampler = published
                     ? make_seismollm_sampler(recordings, samples, rate, options.seed, augmented)
                     : make_geod_sampler(recordings, samples, rate, options.seed, rates);
  if (!sampler) {
    return tl::unexpected(sampler.error());
  }
  const std::uint64_t epoch = published ? (augmented ? 2 : 1) * labelled_pair_count(recordings) : 0;
  return std::make_unique<PickExamples>(options, rate, samples, epoch, std::move(*sampler));
}

}  // namespace

Result<std::unique_ptr<ExampleSource>> make_example_source(
    const TrainOptions& options,
    const models::SeisMollmGeometry& geometry,
    std::span<const Recording> recordings,
    bool augmented) {
  if (options.task == models::Task::kDpk) {
    return pick_examples(options, geometry, recordings, augmented);
  }
  auto sampler = make_scalar_sampler(recordings,
                                     options.task,
                                     options.preset,
                                     geometry.window_samples,
                                     geometry.sampling_rate.hz(),
                                     options.seed,
                                     augmented);
  if (!sampler) {
    return tl::unexpected(sampler.error());
  }
  return std::make_unique<ScalarExamples>(std::move(*sampler));
}

}  // namespace geod::trainer
