#include <algorithm>
#include <cmath>
#include <utility>

#include "trainer/component_augmentation.hpp"
#include "trainer/synthetic_signals.hpp"
#include "trainer/window_mixing.hpp"
#include "trainer/window_sampler.hpp"

namespace geod::trainer {
namespace {

constexpr double kStretch = 0.4;  // exp(U(-0.4, 0.4)), half of the time
constexpr double kPadRate = 0.12;
constexpr double kAnywhereRate = 0.15;  // hand-labelled record cut at any time
constexpr double kSecondSuperposed = 0.3;
constexpr std::int64_t kMinNoiseSamples = 300;

struct LabelAt {
  const Recording* recording;
  double sample;
};

struct NoiseAt {
  const Recording* recording;
  SampleSpan span;
};

class GeodSampler final : public WindowSampler {
 public:
  GeodSampler(std::span<const Recording> recordings,
              std::int64_t window_samples,
              double sampling_rate_hz,
              std::uint64_t seed,
              const DrawRates& rates)
      : window_samples_(window_samples), rate_hz_(sampling_rate_hz), seed_(seed), rates_(rates) {
    for (const Recording& recording : recordings) {
      const bool window = recording.kind == RecordingKind::kWindow;
      if (window) {
        windows_.push_back(&recording);
      }
      for (const PhaseLabel& label : recording.labels) {
        if (!window) {
          labels_.push_back({&recording, label.sample});
        }
      }
      for (const SampleSpan& span : recording.noise) {
        if (span.end - span.begin < kMinNoiseSamples) {
          continue;
        }
        if (window) {
          window_noise_.push_back({&recording, span});
        } else {
          noise_.push_back({&recording, span});
          noise_samples_.push_back((noise_samples_.empty() ? 0.0 : noise_samples_.back()) +
                                   static_cast<double>(span.end - span.begin));
        }
      }
    }
  }

  bool has_labels() const { return !labels_.empty() || !windows_.empty(); }

  LabelledWindow draw(std::uint64_t n) const override {
    Rng rng(seed_, n);
    LabelledWindow window =
        rng.chance(rates_.noise) ? padded(rng, draw_noise(rng)) : draw_event(rng);
    augment_components(window, rng, rate_hz_);
    // The engine leaves out of its statistics what it knows to be missing; padding that a digitiser
    // delivered as zeros it does not.
    if (rng.chance(0.5)) {
      normalise_present(window);
    } else {
      normalise(window);
    }
    return window;
  }

 private:
  LabelledWindow padded(Rng& rng, LabelledWindow window) const {
    if (rng.chance(kPadRate)) {
      pad_one_end(window, rng, rate_hz_);
    }
    return window;
  }

  double random_stretch(Rng& rng) const {
    return rng.chance(0.5) ? std::exp(rng.uniform(-kStretch, kStretch)) : 1.0;
  }

  LabelledWindow draw_event(Rng& rng) const {
    LabelledWindow window = rng.chance(rates_.synthetic_event)
                                ? synthetic_event(rng, draw_background(rng), rate_hz_)
                                : draw_labelled(rng);
    if (rng.chance(rates_.superpose)) {
      for (int more = rng.chance(kSecondSuperposed) ? 2 : 1; more > 0; --more) {
        window = add_event(rng, window);
      }
    }
    if (rng.chance(rates_.add_noise) && !window.labels.empty()) {
      window = add_noise(rng, window);
    }
    return window;
  }

  LabelledWindow draw_background(Rng& rng) const {
    return rng.chance(0.3) ? synthetic_noise(rng, window_samples_, rate_hz_) : draw_noise(rng);
  }

  LabelledWindow draw_labelled(Rng& rng) const {
    const Recording* recording = nullptr;
    double at = 0.0;
    if (labels_.empty() || (!windows_.empty() && rng.chance(rates_.hand_labelled))) {
      recording =
          windows_[static_cast<std::size_t>(rng.below(static_cast<std::int64_t>(windows_.size())))];
      const auto count = static_cast<std::int64_t>(recording->labels.size());
      at = count == 0 || rng.chance(kAnywhereRate)
               ? rng.uniform(0.0, static_cast<double>(recording->samples))
               : recording->labels[static_cast<std::size_t>(rng.below(count))].sample;
    } else {
      const LabelAt& label =
          labels_[static_cast<std::size_t>(rng.below(static_cast<std::int64_t>(labels_.size())))];
      recording = label.recording;
      at = label.sample;
    }
    const double stretch = random_stretch(rng);
    const double position = rng.uniform(0.01, 0.99) * static_cast<double>(window_samples_);
    return padded(
        rng, cut_window(*recording, at - position * stretch, stretch, window_samples_, rate_hz_));
  }

  LabelledWindow add_event(Rng& rng, const LabelledWindow& window) const {
    LabelledWindow other = draw_labelled(rng);
    const double own = standard_deviation(window.component(0));
    const double theirs = standard_deviation(other.component(0));
    const double ratio = std::pow(10.0, rng.uniform(-1.3, 1.3));
    if (own <= 0.0 || theirs <= 0.0) {
      return window;
    }
    const auto gain = static_cast<float>(own / theirs * ratio);
    for (float& sample : other.data) {
      sample *= gain;
    }
    return superpose(window, other, rate_hz_);
  }

  LabelledWindow add_noise(Rng& rng, const LabelledWindow& window) const {
    LabelledWindow noise = draw_noise(rng);
    const PhaseLabel& label = window.labels[static_cast<std::size_t>(
        rng.below(static_cast<std::int64_t>(window.labels.size())))];
    const double ratio = std::pow(10.0, rng.uniform(0.1, 1.6));
    const auto begin = static_cast<std::size_t>(label.sample);
    const std::size_t end = std::min(begin + static_cast<std::size_t>(rate_hz_),
                                     static_cast<std::size_t>(window_samples_));
    float peak = 0.0F;
    for (std::size_t i = begin; i < end; ++i) {
      peak = std::max(peak, std::abs(window.component(0)[i]));
    }
    const double level = standard_deviation(noise.component(0));
    if (peak <= 0.0F || level <= 0.0) {
      return window;
    }
    // 1.25: a usual ratio of a standard deviation to a mean absolute value.
    const auto gain = static_cast<float>(static_cast<double>(peak) / ratio / (1.25 * level));
    for (float& sample : noise.data) {
      sample *= gain;
    }
    if (window.vertical_only) {
      noise.vertical_only = true;
    } else if (noise.vertical_only) {
      spread_to_horizontals(noise);
    }
    return superpose(window, noise, rate_hz_);
  }

  /// Gives vertical-only noise horizontals: the vertical, rolled by a third of the window.
  static void spread_to_horizontals(LabelledWindow& noise) {
    const auto vertical = noise.component(0);
    const std::ptrdiff_t third = noise.samples / 3;
    std::rotate_copy(
        vertical.begin(), vertical.end() - third, vertical.end(), noise.component(1).begin());
    std::rotate_copy(
        vertical.begin(), vertical.begin() + third, vertical.end(), noise.component(2).begin());
    noise.vertical_only = false;
  }

  LabelledWindow draw_noise(Rng& rng) const {
    const double kind = rng.uniform();
    if (kind < rates_.synthetic_noise || (noise_.empty() && window_noise_.empty())) {
      return synthetic_noise(rng, window_samples_, rate_hz_);
    }
    const bool from_window =
        noise_.empty() ||
        (!window_noise_.empty() && kind < rates_.synthetic_noise + rates_.window_noise);
    const NoiseAt& source = from_window ? window_noise_[static_cast<std::size_t>(rng.below(
                                              static_cast<std::int64_t>(window_noise_.size())))]
                                        : pick_noise(rng);
    const double stretch = random_stretch(rng);
    const auto wanted = static_cast<double>(window_samples_) * stretch + 2.0;
    const auto length = static_cast<double>(source.span.end - source.span.begin);
    if (length < wanted) {
      return reflected_noise(rng, source);
    }
    const double start = static_cast<double>(source.span.begin) + rng.uniform(0.0, length - wanted);
    LabelledWindow window =
        cut_window(*source.recording, start, stretch, window_samples_, rate_hz_);
    window.labels.clear();
    window.masks.clear();
    return window;
  }

  /// In proportion to length.
  const NoiseAt& pick_noise(Rng& rng) const {
    const double at = rng.uniform() * noise_samples_.back();
    const auto found = std::ranges::upper_bound(noise_samples_, at);
    const auto index =
        std::min(static_cast<std::size_t>(found - noise_samples_.begin()), noise_.size() - 1);
    return noise_[index];
  }

  /// An interval shorter than the window, continued by reflection at its ends.
  LabelledWindow reflected_noise(Rng& rng, const NoiseAt& source) const {
    LabelledWindow window(window_samples_);
    window.vertical_only = source.recording->vertical_only;
    const std::int64_t length = source.span.end - source.span.begin;
    const std::int64_t shift = rng.below(length);
    const Waveform waveform = source.recording->waveform();
    for (std::size_t c = 0; c < kComponents; ++c) {
      const float* in = waveform.component(c).data() + source.span.begin;
      float* out = window.component(c).data();
      for (std::int64_t i = 0; i < window_samples_; ++i) {
        const std::int64_t phase = (shift + i) % (2 * length);
        out[i] = in[phase < length ? phase : 2 * length - 1 - phase];
      }
      remove_mean(window.component(c));
    }
    return window;
  }

  std::int64_t window_samples_;
  double rate_hz_;
  std::uint64_t seed_;
  DrawRates rates_;
  std::vector<const Recording*> windows_;
  std::vector<LabelAt> labels_;
  std::vector<NoiseAt> noise_;
  std::vector<double> noise_samples_;  ///< running sum of lengths
  std::vector<NoiseAt> window_noise_;
};

}  // namespace

Result<std::unique_ptr<WindowSampler>> make_geod_sampler(std::span<const Recording> recordings,
                                                         std::int64_t window_samples,
                                                         double sampling_rate_hz,
                                                         std::uint64_t seed,
                                                         const DrawRates& rates) {
  auto sampler =
      std::make_unique<GeodSampler>(recordings, window_samples, sampling_rate_hz, seed, rates);
  if (!sampler->has_labels()) {
    return fail(Errc::kConfig, "the training data hold no labelled arrival");
  }
  return sampler;
}

}  // namespace geod::trainer
