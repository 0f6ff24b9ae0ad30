#include "trainer/score_peaks.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

namespace geod::trainer {
namespace {

constexpr double kConstantRunS = 0.5;
constexpr double kBeforeS = 0.2;
constexpr double kAfterS = 1.0;

bool is_peak(std::span<const float> scores, std::size_t i) {
  return scores[i] > scores[i - 1] && scores[i] >= scores[i + 1];
}

double apex(std::span<const float> scores, std::size_t i) {
  const double left = static_cast<double>(scores[i - 1]);
  const double right = static_cast<double>(scores[i + 1]);
  const double curvature = left - 2.0 * static_cast<double>(scores[i]) + right;
  return static_cast<double>(i) + (curvature < 0.0 ? 0.5 * (left - right) / curvature : 0.0);
}

}  // namespace

std::vector<ScorePeak> find_peaks(std::span<const float> scores,
                                  double threshold,
                                  std::int64_t min_distance_samples) {
  std::vector<std::size_t> candidates;
  for (std::size_t i = 1; i + 1 < scores.size(); ++i) {
    if (static_cast<double>(scores[i]) >= threshold && is_peak(scores, i)) {
      candidates.push_back(i);
    }
  }
  std::ranges::stable_sort(candidates,
                           [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  std::vector<std::size_t> kept;
  for (const std::size_t i : candidates) {
    const bool near = std::ranges::any_of(kept, [&](std::size_t other) {
      return std::llabs(static_cast<long long>(i) - static_cast<long long>(other)) <
             min_distance_samples;
    });
    if (!near) {
      kept.push_back(i);
    }
  }
  std::ranges::sort(kept);
  std::vector<ScorePeak> peaks;
  for (const std::size_t i : kept) {
    peaks.push_back({apex(scores, i), static_cast<double>(scores[i])});
  }
  return peaks;
}

std::vector<SampleSpan> constant_spans(const Recording& recording, double sampling_rate_hz) {
  const auto shortest = static_cast<std::int64_t>(kConstantRunS * sampling_rate_hz);
  const auto before = static_cast<std::int64_t>(kBeforeS * sampling_rate_hz);
  const auto after = static_cast<std::int64_t>(kAfterS * sampling_rate_hz);
  std::vector<SampleSpan> spans;
  const Waveform waveform = recording.waveform();
  for (std::size_t c = 0; c < kComponents; ++c) {
    const auto samples = waveform.component(c);
    const auto [low, high] = std::ranges::minmax_element(samples);
    if (samples.empty() || *low == *high) {
      continue;
    }
    for (std::int64_t begin = 0; begin < recording.samples;) {
      std::int64_t end = begin + 1;
      while (end < recording.samples &&
             samples[static_cast<std::size_t>(end)] == samples[static_cast<std::size_t>(begin)]) {
        ++end;
      }
      if (end - begin >= shortest) {
        spans.push_back(
            {std::max<std::int64_t>(0, begin - before), std::min(recording.samples, end + after)});
      }
      begin = end;
    }
  }
  return spans;
}

}  // namespace geod::trainer
