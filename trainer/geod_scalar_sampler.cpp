#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <utility>
#include <vector>

#include "trainer/component_augmentation.hpp"
#include "trainer/iir_filter.hpp"
#include "trainer/scalar_items.hpp"
#include "trainer/synthetic_signals.hpp"
#include "trainer/window_mixing.hpp"

namespace geod::trainer {
namespace {

using models::Task;

/// Where P may lie, as a share of the window: the daemon scores such windows only
/// (`ScalarSettings` of a manifest). Windows of a validation have it as near to the middle as their
/// recording allows.
constexpr double kFirstP = 0.10;
constexpr double kLastP = 0.45;
constexpr double kMiddleP = 0.25;

/// Draws until one can be used; then the window carries no loss.
constexpr int kAttempts = 16;

constexpr double kRotateRate = 0.7;
constexpr double kFlipRate = 0.5;
constexpr double kDropHorizontalsRate = 0.10;
constexpr double kNoiseRate = 0.4;
constexpr double kSyntheticNoiseRate = 0.3;  // of added noise, where the data have some
constexpr double kStretchRate = 0.5;
constexpr double kStretch = 0.3;  // exp(U(-0.3, 0.3)); pmp only, others are a matter of time
constexpr double kHighPassRate = 0.25;
/// Weight of a bin by the number of its items: between 0, all bins alike, and 1, as they come.
constexpr double kBinPower = 0.5;

/// Values that are drawn alike: two polarities, half magnitudes, octaves of distance from 5 km.
/// Azimuths need none, rotation makes them even.
int bin_of(Task task, double value) {
  switch (task) {
    case Task::kPmp:
      return value > 0.5 ? 1 : 0;
    case Task::kEmg:
      return static_cast<int>(std::floor(2.0 * value));
    case Task::kDis:
      return static_cast<int>(std::floor(std::log2(std::max(value, 5.0) / 5.0)));
    default:
      return 0;
  }
}

void flip(LabelledWindow& window) {
  for (float& sample : window.data) {
    sample = -sample;
  }
}

/// Windows of preset geod: P in the part of the window where the daemon has it, as the only one
/// there; augmentations that leave the label true or change it in a known way.
class GeodScalarSampler final : public ScalarSampler {
 public:
  GeodScalarSampler(std::vector<ScalarItem> items,
                    std::span<const Recording> recordings,
                    const ScalarDraws& draws)
      : items_(std::move(items)), draws_(draws) {
    std::map<int, std::vector<std::size_t>> bins;
    for (std::size_t i = 0; i < items_.size(); ++i) {
      bins[bin_of(draws_.task, items_[i].value)].push_back(i);
    }
    for (auto& [bin, members] : bins) {
      weights_.push_back((weights_.empty() ? 0.0 : weights_.back()) +
                         std::pow(static_cast<double>(members.size()), kBinPower));
      bins_.push_back(std::move(members));
    }
    for (const Recording& recording : recordings) {
      for (const SampleSpan& span : recording.noise) {
        if (span.end - span.begin >= draws_.window_samples && !recording.vertical_only) {
          noise_.push_back({&recording, span});
        }
      }
    }
  }

  std::uint64_t epoch_draws() const override { return (draws_.augmented ? 2 : 1) * items_.size(); }

  ScalarWindow draw(std::uint64_t n) const override {
    Rng rng(draws_.seed, n);
    if (!draws_.augmented) {
      return raw(items_[n % items_.size()]);
    }
    ScalarWindow out{LabelledWindow(draws_.window_samples), {}};
    for (int attempt = 0; attempt < kAttempts && !out.target.known; ++attempt) {
      out = augmented(pick_item(rng), rng);
    }
    return out;
  }

 private:
  struct NoiseAt {
    const Recording* recording;
    SampleSpan span;
  };

  const ScalarItem& pick_item(Rng& rng) const {
    const auto bin = static_cast<std::size_t>(
        std::ranges::upper_bound(weights_, rng.uniform() * weights_.back()) - weights_.begin());
    const std::vector<std::size_t>& members = bins_[std::min(bin, bins_.size() - 1)];
    return items_[members[static_cast<std::size_t>(
        rng.below(static_cast<std::int64_t>(members.size())))]];
  }

  /// Shares of the window at which P lies while the recording covers all of it; all that are wanted
  /// when there is none.
  std::pair<double, double> positions(const ScalarItem& item, double stretch) const {
    const double length = static_cast<double>(draws_.window_samples) * stretch;
    const double p = item.event->p_sample;
    const double last_start = static_cast<double>(item.recording->samples) - length - 1.0;
    const double low = std::max(kFirstP, (p - last_start) / length);
    const double high = std::min(kLastP, p / length);
    return low <= high ? std::pair{low, high} : std::pair{kFirstP, kLastP};
  }

  /// The window with P near `share` of it; its own P is the only label left. Target not known when
  /// the recording cannot be read, or another P lies where this one may.
  ScalarWindow cut(const ScalarItem& item, double share, double stretch) const {
    const double length = static_cast<double>(draws_.window_samples) * stretch;
    const double start = std::round(item.event->p_sample - share * length);
    ScalarWindow out{
        cut_window(*item.recording, start, stretch, draws_.window_samples, draws_.sampling_rate_hz),
        {}};
    const double own = (item.event->p_sample - start) / stretch;
    const auto whole = static_cast<double>(draws_.window_samples);
    const bool another = std::ranges::any_of(out.window.labels, [&](const PhaseLabel& label) {
      return label.phase == Phase::kP && label.sample >= kFirstP * whole &&
             label.sample <= kLastP * whole && std::abs(label.sample - own) > 1.0;
    });
    const bool empty = standard_deviation(out.window.component(0)) <= 0.0;
    out.window.labels = {{Phase::kP, own}};
    out.window.masks.clear();
    out.target = scalar_target(draws_.task, item.value);
    out.target.known = !another && !empty;
    return out;
  }

  ScalarWindow raw(const ScalarItem& item) const {
    const auto [low, high] = positions(item, 1.0);
    ScalarWindow out = cut(item, std::clamp(kMiddleP, low, high), 1.0);
    normalise_present(out.window);
    return out;
  }

  ScalarWindow augmented(const ScalarItem& item, Rng& rng) const {
    const double stretch = draws_.task == Task::kPmp && rng.chance(kStretchRate)
                               ? std::exp(rng.uniform(-kStretch, kStretch))
                               : 1.0;
    const auto [low, high] = positions(item, stretch);
    ScalarWindow out = cut(item, rng.uniform(low, high), stretch);
    if (!out.target.known) {
      return out;
    }
    double value = item.value;
    turn(out.window, value, rng);
    if (rng.chance(kNoiseRate)) {
      add_noise(out.window, rng);
    }
    change_instrument(out.window, rng);
    normalise_present(out.window);
    out.target = scalar_target(draws_.task, value);
    return out;
  }

  /// Polarity and orientation of the sensor, with the labels that follow them.
  void turn(LabelledWindow& window, double& value, Rng& rng) const {
    if (rng.chance(kFlipRate)) {
      // The same rays of the opposite mechanism: only the polarity knows.
      flip(window);
      value = draws_.task == Task::kPmp ? 1.0 - value : value;
    }
    if (!window.vertical_only && rng.chance(kRotateRate)) {
      const double angle = rng.uniform(0.0, 2.0 * std::numbers::pi);
      rotate_horizontals(window, angle);
      value += draws_.task == Task::kBaz ? angle * 180.0 / std::numbers::pi : 0.0;
    }
  }

  /// Pass bands and components of other instruments. Magnitudes are read off the spectrum: only
  /// what a short-period sensor loses is taken from them.
  void change_instrument(LabelledWindow& window, Rng& rng) const {
    if (draws_.task != Task::kBaz && rng.chance(kDropHorizontalsRate)) {
      std::ranges::fill(window.component(1), 0.0F);
      std::ranges::fill(window.component(2), 0.0F);
      window.vertical_only = true;
    }
    if (rng.chance(kHighPassRate)) {
      const double highest_hz = draws_.task == Task::kEmg ? 1.0 : 2.0;
      const ButterworthFilter filter(ButterworthFilter::Kind::kHighPass,
                                     2,
                                     rng.log_uniform(0.1, highest_hz),
                                     draws_.sampling_rate_hz);
      for (std::size_t c = 0; c < kComponents; ++c) {
        ButterworthFilter own = filter;
        own.apply(window.component(c));
      }
    }
  }

  /// Real or synthetic noise, below what follows P: for polarities the first 0.2 s, else the first
  /// second.
  void add_noise(LabelledWindow& window, Rng& rng) const {
    const LabelledWindow noise = make_noise(rng);
    const double span_s = draws_.task == Task::kPmp ? 0.2 : 1.0;
    const double least = draws_.task == Task::kPmp ? 0.6 : 0.2;
    const auto begin = static_cast<std::int64_t>(window.labels.front().sample);
    const std::int64_t end =
        std::min(window.samples,
                 begin + static_cast<std::int64_t>(std::ceil(span_s * draws_.sampling_rate_hz)));
    float peak = 0.0F;
    for (std::int64_t i = begin; i < end; ++i) {
      peak = std::max(peak, std::abs(window.component(0)[static_cast<std::size_t>(i)]));
    }
    const double level = standard_deviation(noise.component(0));
    if (peak <= 0.0F || level <= 0.0) {
      return;
    }
    const double ratio = std::pow(10.0, rng.uniform(least, 1.8));
    const auto gain = static_cast<float>(static_cast<double>(peak) / ratio / level);
    const std::size_t used = window.vertical_only ? 1 : kComponents;
    for (std::size_t c = 0; c < used; ++c) {
      const auto from = noise.component(c);
      const auto to = window.component(c);
      for (std::size_t i = 0; i < to.size(); ++i) {
        to[i] += gain * from[i];
      }
    }
  }

  LabelledWindow make_noise(Rng& rng) const {
    if (noise_.empty() || rng.chance(kSyntheticNoiseRate)) {
      return synthetic_noise(rng, draws_.window_samples, draws_.sampling_rate_hz);
    }
    const NoiseAt& source =
        noise_[static_cast<std::size_t>(rng.below(static_cast<std::int64_t>(noise_.size())))];
    const std::int64_t room = source.span.end - source.span.begin - draws_.window_samples;
    const std::int64_t start = source.span.begin + rng.below(room + 1);
    return cut_window(*source.recording,
                      static_cast<double>(start),
                      1.0,
                      draws_.window_samples,
                      draws_.sampling_rate_hz);
  }

  std::vector<ScalarItem> items_;
  ScalarDraws draws_;
  std::vector<std::vector<std::size_t>> bins_;
  std::vector<double> weights_;  ///< running sum of the weights of the bins
  std::vector<NoiseAt> noise_;
};

}  // namespace

std::unique_ptr<ScalarSampler> make_geod_scalar_sampler(std::vector<ScalarItem> items,
                                                        std::span<const Recording> recordings,
                                                        const ScalarDraws& draws) {
  return std::make_unique<GeodScalarSampler>(std::move(items), recordings, draws);
}

}  // namespace geod::trainer
