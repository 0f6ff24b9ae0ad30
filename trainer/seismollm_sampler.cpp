#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "trainer/window_mixing.hpp"
#include "trainer/window_sampler.hpp"

namespace geod::trainer {
namespace {

/// Default rates of the published code (training/preprocess.py), for augmented draws.
constexpr double kNoiseGenerationRate = 0.05;
constexpr double kShiftRate = 0.2;
constexpr double kDropChannelRate = 0.4;
constexpr double kScaleRate = 0.4;
constexpr double kPreEmphasisRate = 0.4;
constexpr double kAddNoiseRate = 0.4;
constexpr double kGapRate = 0.4;
constexpr double kPreEmphasis = 0.97;
/// A recording longer than this many windows is first cut down around its event.
constexpr double kTraceWindows = 1.1;

/// One labelled event of a recording: P and the S after it, samples from the recording's start.
struct LabelledPair {
  const Recording* recording;
  double p;
  double s;
};

std::vector<LabelledPair> labelled_pairs(std::span<const Recording> recordings) {
  std::vector<LabelledPair> pairs;
  for (const Recording& recording : recordings) {
    for (std::size_t i = 0; i < recording.labels.size(); ++i) {
      if (recording.labels[i].phase != Phase::kP) {
        continue;
      }
      for (std::size_t j = i + 1; j < recording.labels.size(); ++j) {
        if (recording.labels[j].phase == Phase::kP) {
          break;
        }
        pairs.push_back({&recording, recording.labels[i].sample, recording.labels[j].sample});
        break;
      }
    }
  }
  return pairs;
}

/// A whole trace under augmentation: [3, samples], at most one P and one S, -1 when absent.
struct Trace {
  LabelledWindow wave;
  std::int64_t p = -1;
  std::int64_t s = -1;
};

void drop_channels(Trace& trace, Rng& rng) {
  const std::int64_t drop = 1 + rng.below(2);
  std::array<std::size_t, kComponents> order{0, 1, 2};
  for (std::size_t i = 0; i < 2; ++i) {
    std::swap(
        order[i],
        order[i + static_cast<std::size_t>(rng.below(static_cast<std::int64_t>(kComponents - i)))]);
  }
  for (std::int64_t i = 0; i < drop; ++i) {
    std::ranges::fill(trace.wave.component(order[static_cast<std::size_t>(i)]), 0.0F);
  }
  int alive = 0;
  for (std::size_t c = 0; c < kComponents; ++c) {
    alive +=
        std::ranges::any_of(trace.wave.component(c), [](float v) { return v != 0.0F; }) ? 1 : 0;
  }
  const float gain = alive > 0 ? 3.0F / static_cast<float>(alive) : 1.0F;
  for (float& sample : trace.wave.data) {
    sample *= gain;
  }
}

void scale(Trace& trace, Rng& rng) {
  const double factor = rng.uniform(1.0, 3.0);
  const auto gain = static_cast<float>(rng.chance(0.5) ? factor : 1.0 / factor);
  for (float& sample : trace.wave.data) {
    sample *= gain;
  }
}

/// Every [P, S + 2 (S - P)) becomes unit noise in counts and the picks go, as published.
void replace_by_noise(Trace& trace, Rng& rng) {
  const std::int64_t end =
      std::min(trace.wave.samples, trace.s + static_cast<std::int64_t>(2 * (trace.s - trace.p)));
  for (std::size_t c = 0; c < kComponents; ++c) {
    float* samples = trace.wave.component(c).data();
    for (std::int64_t i = std::max<std::int64_t>(0, trace.p); i < end; ++i) {
      samples[i] = static_cast<float>(rng.normal());
    }
  }
  trace.p = -1;
  trace.s = -1;
}

void shift(Trace& trace, Rng& rng) {
  const std::int64_t length = trace.wave.samples;
  const std::int64_t by = rng.below(length);
  for (std::size_t c = 0; c < kComponents; ++c) {
    const auto component = trace.wave.component(c);
    std::rotate(component.begin(), component.end() - by, component.end());
  }
  trace.p = trace.p < 0 ? -1 : (trace.p + by) % length;
  trace.s = trace.s < 0 ? -1 : (trace.s + by) % length;
}

void pre_emphasise(Trace& trace) {
  for (std::size_t c = 0; c < kComponents; ++c) {
    const auto component = trace.wave.component(c);
    for (std::size_t i = component.size() - 1; i > 0; --i) {
      component[i] -= static_cast<float>(kPreEmphasis) * component[i - 1];
    }
  }
}

void add_noise(Trace& trace, Rng& rng) {
  for (std::size_t c = 0; c < kComponents; ++c) {
    const auto component = trace.wave.component(c);
    const auto snr_db = static_cast<double>(10 + rng.below(40));
    double power = 0.0;
    for (const float sample : component) {
      power += static_cast<double>(sample) * static_cast<double>(sample);
    }
    power /= static_cast<double>(component.size());
    const double deviation = std::sqrt(power / std::pow(10.0, snr_db / 10.0));
    for (float& sample : component) {
      sample += static_cast<float>(deviation * rng.normal());
    }
  }
}

/// One run of zeros that starts in a random interval between P, S and the end.
void add_gap(Trace& trace, Rng& rng) {
  std::vector<std::int64_t> marks;
  for (const std::int64_t pick : {trace.p, trace.s}) {
    if (pick >= 0) {
      marks.push_back(pick);
    }
  }
  marks.push_back(trace.wave.samples - 1);
  std::ranges::sort(marks);
  if (marks.size() < 2) {
    marks.insert(marks.begin(), 0);
  }
  const auto at = static_cast<std::size_t>(rng.below(static_cast<std::int64_t>(marks.size()) - 1));
  const std::int64_t low = marks[at];
  const std::int64_t high = marks[at + 1];
  if (high <= low) {
    return;
  }
  const std::int64_t begin = low + rng.below(high - low);
  const std::int64_t end = begin + rng.below(high - begin);
  for (std::size_t c = 0; c < kComponents; ++c) {
    const auto component = trace.wave.component(c);
    std::fill(component.begin() + begin, component.begin() + end, 0.0F);
  }
}

void augment(Trace& trace, Rng& rng) {
  const bool is_event = trace.p >= 0 && trace.s >= 0;
  if (is_event && rng.chance(kNoiseGenerationRate)) {
    replace_by_noise(trace, rng);
    if (rng.chance(kDropChannelRate)) {
      drop_channels(trace, rng);
    }
    if (rng.chance(kScaleRate)) {
      scale(trace, rng);
    }
    return;
  }
  if (rng.chance(kShiftRate)) {
    shift(trace, rng);
  }
  if (rng.chance(kDropChannelRate)) {
    drop_channels(trace, rng);
  }
  if (rng.chance(kScaleRate)) {
    scale(trace, rng);
  }
  if (rng.chance(kPreEmphasisRate)) {
    pre_emphasise(trace);
  }
  if (rng.chance(kAddNoiseRate)) {
    add_noise(trace, rng);
  }
  if (rng.chance(kGapRate)) {
    add_gap(trace, rng);
  }
}

class SeismollmSampler final : public WindowSampler {
 public:
  SeismollmSampler(std::vector<LabelledPair> pairs,
                   std::int64_t window_samples,
                   double sampling_rate_hz,
                   std::uint64_t seed,
                   bool augmented)
      : pairs_(std::move(pairs)),
        window_samples_(window_samples),
        rate_hz_(sampling_rate_hz),
        seed_(seed),
        epoch_draws_((augmented ? 2 : 1) * pairs_.size()) {}

  LabelledWindow draw(std::uint64_t n) const override {
    const std::uint64_t count = pairs_.size();
    const std::uint64_t item = shuffled(n / epoch_draws_, n % epoch_draws_);
    Rng rng(seed_, n);
    Trace trace = cut_trace(pairs_[item % count], rng);
    if (item >= count) {
      augment(trace, rng);
    }
    LabelledWindow window = cut_published_window(trace, rng);
    normalise(window);
    return window;
  }

 private:
  /// Position `i` of the shuffled order of an epoch: a bijection on its draws made of four
  /// Feistel-like rounds with cycle walking, so that no order has to be stored.
  std::uint64_t shuffled(std::uint64_t epoch, std::uint64_t i) const {
    const std::uint64_t size = epoch_draws_;
    std::uint64_t half_bits = 1;
    while ((1ULL << (2 * half_bits)) < size) {
      ++half_bits;
    }
    const std::uint64_t mask = (1ULL << half_bits) - 1;
    do {
      std::uint64_t left = i >> half_bits;
      std::uint64_t right = i & mask;
      for (std::uint64_t round = 0; round < 4; ++round) {
        Rng mix(seed_ ^ (epoch * 4 + round + 1) * 0x9E3779B97F4A7C15ULL, right);
        const std::uint64_t next = left ^ (mix.next() & mask);
        left = right;
        right = next;
      }
      i = left << half_bits | right;
    } while (i >= size);
    return i;
  }

  /// The trace around one event: the whole recording when it is short, else 1.1 windows with P at a
  /// random place, as the published data sets are cut.
  Trace cut_trace(const LabelledPair& pair, Rng& rng) const {
    const auto longest =
        static_cast<std::int64_t>(kTraceWindows * static_cast<double>(window_samples_));
    const std::int64_t length = std::min(pair.recording->samples, longest);
    const std::int64_t slack = pair.recording->samples - length;
    const auto wanted =
        static_cast<std::int64_t>(pair.p - rng.uniform(0.05, 0.6) * static_cast<double>(length));
    const std::int64_t start = std::clamp<std::int64_t>(wanted, 0, slack);
    Trace trace{cut_window(*pair.recording, static_cast<double>(start), 1.0, length, rate_hz_)};
    const auto inside = [&](double sample) {
      const std::int64_t at = static_cast<std::int64_t>(sample) - start;
      return at >= 0 && at < length ? at : std::int64_t{-1};
    };
    trace.p = inside(pair.p);
    trace.s = inside(pair.s);
    // Masks belong to real data; under a circular shift they would lie elsewhere.
    trace.wave.masks.clear();
    trace.wave.labels.clear();
    return trace;
  }

  /// c = randint[0, max(min(P, T - W) - g, 1)), g = 0.5 s; short traces are padded on the right.
  LabelledWindow cut_published_window(const Trace& trace, Rng& rng) const {
    const std::int64_t length = trace.wave.samples;
    std::int64_t start = 0;
    if (length > window_samples_) {
      const auto guard = static_cast<std::int64_t>(0.5 * rate_hz_);
      const std::int64_t p = trace.p < 0 ? length : trace.p;
      start = rng.below(std::max<std::int64_t>(std::min(p, length - window_samples_) - guard, 1));
    }
    LabelledWindow window(window_samples_);
    window.vertical_only = trace.wave.vertical_only;
    const std::int64_t count = std::min(window_samples_, length - start);
    for (std::size_t c = 0; c < kComponents; ++c) {
      const auto from = trace.wave.component(c);
      std::copy_n(from.begin() + start, count, window.component(c).begin());
    }
    for (const auto& [phase, pick] :
         {std::pair{Phase::kP, trace.p}, std::pair{Phase::kS, trace.s}}) {
      if (pick >= start && pick < start + window_samples_) {
        window.labels.push_back({phase, static_cast<double>(pick - start)});
      }
    }
    return window;
  }

  std::vector<LabelledPair> pairs_;
  std::int64_t window_samples_;
  double rate_hz_;
  std::uint64_t seed_;
  std::uint64_t epoch_draws_;
};

}  // namespace

std::uint64_t labelled_pair_count(std::span<const Recording> recordings) {
  return labelled_pairs(recordings).size();
}

Result<std::unique_ptr<WindowSampler>> make_seismollm_sampler(std::span<const Recording> recordings,
                                                              std::int64_t window_samples,
                                                              double sampling_rate_hz,
                                                              std::uint64_t seed,
                                                              bool augmented) {
  std::vector<LabelledPair> pairs = labelled_pairs(recordings);
  if (pairs.empty()) {
    return fail(Errc::kConfig,
                "the training data hold no P label followed by an S label; the seismollm preset "
                "trains on such pairs");
  }
  return std::make_unique<SeismollmSampler>(
      std::move(pairs), window_samples, sampling_rate_hz, seed, augmented);
}

}  // namespace geod::trainer
