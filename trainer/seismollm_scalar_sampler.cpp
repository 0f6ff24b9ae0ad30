#include <utility>
#include <vector>

#include "trainer/published_trace.hpp"
#include "trainer/scalar_items.hpp"
#include "trainer/window_mixing.hpp"

namespace geod::trainer {
namespace {

constexpr double kAbsent = -1.0;

/// The published data flow of a scalar task: that of picking, with a target that stays whatever the
/// augmentations do to the waveform, noise in place of the event included.
class PublishedScalarSampler final : public ScalarSampler {
 public:
  PublishedScalarSampler(std::vector<ScalarItem> items, const ScalarDraws& draws)
      : items_(std::move(items)), draws_(draws) {}

  std::uint64_t epoch_draws() const override { return (draws_.augmented ? 2 : 1) * items_.size(); }

  ScalarWindow draw(std::uint64_t n) const override {
    const std::uint64_t epoch = epoch_draws();
    const std::uint64_t item =
        draws_.augmented ? shuffled_draw(draws_.seed, n / epoch, n % epoch, epoch) : n % epoch;
    Rng rng(draws_.seed, n);
    const ScalarItem& drawn = items_[item % items_.size()];
    PublishedTrace trace = cut(drawn, rng);
    if (item >= items_.size() && !trace.missing) {
      augment_as_published(trace, rng);
    }
    ScalarWindow out{
        cut_published_window(trace, draws_.window_samples, draws_.sampling_rate_hz, rng), {}};
    normalise(out.window);
    out.target = scalar_target(draws_.task, drawn.value);
    out.target.known = !trace.missing;
    return out;
  }

 private:
  /// A trace without both picks in order is noise to the published code: it loses them.
  PublishedTrace cut(const ScalarItem& item, Rng& rng) const {
    const double p = item.event->p_sample;
    const double s = item.event->s_sample.value_or(kAbsent);
    PublishedTrace trace = cut_published_trace(*item.recording, p, s, draws_.window_samples, rng);
    if (trace.p < 0 || trace.s < 0 || trace.p >= trace.s) {
      trace.p = -1;
      trace.s = -1;
    }
    return trace;
  }

  std::vector<ScalarItem> items_;
  ScalarDraws draws_;
};

}  // namespace

std::unique_ptr<ScalarSampler> make_published_scalar_sampler(std::vector<ScalarItem> items,
                                                             const ScalarDraws& draws) {
  return std::make_unique<PublishedScalarSampler>(std::move(items), draws);
}

}  // namespace geod::trainer
