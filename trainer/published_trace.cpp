#include "trainer/published_trace.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

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

void drop_channels(PublishedTrace& trace, Rng& rng) {
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

void scale(PublishedTrace& trace, Rng& rng) {
  const double factor = rng.uniform(1.0, 3.0);
  const auto gain = static_cast<float>(rng.chance(0.5) ? factor : 1.0 / factor);
  for (float& sample : trace.wave.data) {
    sample *= gain;
  }
}

/// Every [P, S + 2 (S - P)) becomes unit noise in counts and the picks go, as published.
void replace_by_noise(PublishedTrace& trace, Rng& rng) {
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

void shift(PublishedTrace& trace, Rng& rng) {
  const std::int64_t length = trace.wave.samples;
  const std::int64_t by = rng.below(length);
  for (std::size_t c = 0; c < kComponents; ++c) {
    const auto component = trace.wave.component(c);
    std::rotate(component.begin(), component.end() - by, component.end());
  }
  trace.p = trace.p < 0 ? -1 : (trace.p + by) % length;
  trace.s = trace.s < 0 ? -1 : (trace.s + by) % length;
}

void pre_emphasise(PublishedTrace& trace) {
  for (std::size_t c = 0; c < kComponents; ++c) {
    const auto component = trace.wave.component(c);
    for (std::size_t i = component.size() - 1; i > 0; --i) {
      component[i] -= static_cast<float>(kPreEmphasis) * component[i - 1];
    }
  }
}

void add_noise(PublishedTrace& trace, Rng& rng) {
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
void add_gap(PublishedTrace& trace, Rng& rng) {
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

}  // namespace

void augment_as_published(PublishedTrace& trace, Rng& rng) {
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

PublishedTrace cut_published_trace(const Recording& recording,
                                   double p_sample,
                                   double s_sample,
                                   std::int64_t window_samples,
                                   Rng& rng) {
  const auto longest =
      static_cast<std::int64_t>(kTraceWindows * static_cast<double>(window_samples));
  const std::int64_t length = std::min(recording.samples, longest);
  const std::int64_t slack = recording.samples - length;
  const auto wanted =
      static_cast<std::int64_t>(p_sample - rng.uniform(0.05, 0.6) * static_cast<double>(length));
  const std::int64_t start = std::clamp<std::int64_t>(wanted, 0, slack);
  PublishedTrace trace{LabelledWindow(length)};
  trace.wave.vertical_only = recording.vertical_only;
  const Waveform waveform = recording.waveform();
  for (std::size_t c = 0; c < kComponents; ++c) {
    std::copy_n(waveform.component(c).begin() + start, length, trace.wave.component(c).begin());
  }
  const auto inside = [&](double sample) {
    const std::int64_t at = static_cast<std::int64_t>(sample) - start;
    return sample >= 0.0 && at >= 0 && at < length ? at : std::int64_t{-1};
  };
  trace.p = inside(p_sample);
  trace.s = inside(s_sample);
  trace.missing = waveform.missing();
  return trace;
}

LabelledWindow cut_published_window(const PublishedTrace& trace,
                                    std::int64_t window_samples,
                                    double sampling_rate_hz,
                                    Rng& rng) {
  const std::int64_t length = trace.wave.samples;
  std::int64_t start = 0;
  if (length > window_samples) {
    const auto guard = static_cast<std::int64_t>(0.5 * sampling_rate_hz);
    const std::int64_t p = trace.p < 0 ? length : trace.p;
    start = rng.below(std::max<std::int64_t>(std::min(p, length - window_samples) - guard, 1));
  }
  LabelledWindow window(window_samples);
  window.vertical_only = trace.wave.vertical_only;
  const std::int64_t count = std::min(window_samples, length - start);
  for (std::size_t c = 0; c < kComponents; ++c) {
    const auto from = trace.wave.component(c);
    std::copy_n(from.begin() + start, count, window.component(c).begin());
  }
  for (const auto& [phase, pick] : {std::pair{Phase::kP, trace.p}, std::pair{Phase::kS, trace.s}}) {
    if (pick >= start && pick < start + window_samples) {
      window.labels.push_back({phase, static_cast<double>(pick - start)});
    }
  }
  return window;
}

std::uint64_t shuffled_draw(std::uint64_t seed,
                            std::uint64_t epoch,
                            std::uint64_t i,
                            std::uint64_t size) {
  std::uint64_t half_bits = 1;
  while ((1ULL << (2 * half_bits)) < size) {
    ++half_bits;
  }
  const std::uint64_t mask = (1ULL << half_bits) - 1;
  do {
    std::uint64_t left = i >> half_bits;
    std::uint64_t right = i & mask;
    for (std::uint64_t round = 0; round < 4; ++round) {
      Rng mix(seed ^ (epoch * 4 + round + 1) * 0x9E3779B97F4A7C15ULL, right);
      const std::uint64_t next = left ^ (mix.next() & mask);
      left = right;
      right = next;
    }
    i = left << half_bits | right;
  } while (i >= size);
  return i;
}

}  // namespace geod::trainer
