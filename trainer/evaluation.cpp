#include "trainer/evaluation.hpp"

#include <algorithm>
#include <cmath>

#include "trainer/pick_matching.hpp"
#include "trainer/score_peaks.hpp"
#include "trainer/window_mixing.hpp"

namespace geod::trainer {
namespace {

/// Where the windows of a recording start; the last may reach past its end.
std::vector<std::int64_t> window_starts(std::int64_t samples,
                                        std::int64_t window_samples,
                                        std::int64_t hop_samples) {
  std::vector<std::int64_t> starts{0};
  while (starts.back() + window_samples < samples) {
    starts.push_back(starts.back() + hop_samples);
  }
  return starts;
}

/// The window at `start`: normalised over the samples that are there, zeros past the end.
ScoreInput window_at(const Recording& recording,
                     const Waveform& waveform,
                     std::int64_t start,
                     std::int64_t window_samples) {
  const std::int64_t count = std::min(window_samples, recording.samples - start);
  ScoreInput input{LabelledWindow(window_samples), count};
  input.window.vertical_only = recording.vertical_only;
  for (std::size_t c = 0; c < kComponents; ++c) {
    const auto own = input.window.component(c).first(static_cast<std::size_t>(count));
    std::copy_n(waveform.component(c).begin() + start, count, own.begin());
    normalise_span(own);
  }
  return input;
}

/// P and S probability over a whole recording, [2, samples].
class ScoreMerger {
 public:
  ScoreMerger(std::int64_t samples, std::int64_t window_samples)
      : samples_(samples),
        window_samples_(window_samples),
        sums_(2 * static_cast<std::size_t>(samples), 0.0F),
        weights_(static_cast<std::size_t>(samples), 0.0F) {}

  void add(std::int64_t start, std::span<const float> scores) {
    const std::int64_t count = std::min(window_samples_, samples_ - start);
    for (std::int64_t i = 0; i < count; ++i) {
      const auto weight = static_cast<float>(std::min(i + 1, window_samples_ - i));
      for (std::int64_t k = 0; k < 2; ++k) {
        sums_[static_cast<std::size_t>(k * samples_ + start + i)] +=
            weight * scores[static_cast<std::size_t>(k * window_samples_ + i)];
      }
      weights_[static_cast<std::size_t>(start + i)] += weight;
    }
  }

  std::span<const float> mean(Phase phase) {
    const auto length = static_cast<std::size_t>(samples_);
    const auto own =
        std::span<float>(sums_).subspan(static_cast<std::size_t>(phase) * length, length);
    for (std::size_t i = 0; i < length; ++i) {
      own[i] /= std::max(weights_[i], 1e-9F);
    }
    return own;
  }

 private:
  std::int64_t samples_;
  std::int64_t window_samples_;
  std::vector<float> sums_;
  std::vector<float> weights_;
};

}  // namespace

Result<std::vector<EvaluatedPick>> pick_recording(const Recording& recording,
                                                  const EvaluationSettings& settings,
                                                  const ScoreFunction& score) {
  const std::int64_t length = settings.window_samples;
  const std::vector<std::int64_t> starts =
      window_starts(recording.samples, length, settings.picks.hop_samples);
  ScoreMerger merger(recording.samples, length);
  const Waveform waveform = recording.waveform();
  const auto out_size = 2 * static_cast<std::size_t>(length);
  for (std::size_t first = 0; first < starts.size();
       first += static_cast<std::size_t>(settings.batch_windows)) {
    const std::size_t count =
        std::min(starts.size() - first, static_cast<std::size_t>(settings.batch_windows));
    std::vector<ScoreInput> windows;
    for (std::size_t i = 0; i < count; ++i) {
      windows.push_back(window_at(recording, waveform, starts[first + i], length));
    }
    std::vector<float> scores(count * out_size);
    if (auto scored = score(windows, scores); !scored) {
      return tl::unexpected(scored.error());
    }
    for (std::size_t i = 0; i < count; ++i) {
      merger.add(starts[first + i], std::span<const float>(scores).subspan(i * out_size, out_size));
    }
  }
  const std::vector<SampleSpan> forbidden = constant_spans(recording, settings.sampling_rate_hz);
  const auto distance = static_cast<std::int64_t>(
      std::llround(settings.picks.min_distance_s * settings.sampling_rate_hz));
  std::vector<EvaluatedPick> picks;
  for (const Phase phase : {Phase::kP, Phase::kS}) {
    for (const ScorePeak& peak : find_peaks(merger.mean(phase), kLowestScore, distance)) {
      const std::int64_t at = std::llround(peak.sample);
      if (std::ranges::none_of(forbidden, [&](const SampleSpan& span) {
            return at >= span.begin && at < span.end;
          })) {
        picks.push_back({phase, peak.sample, peak.score});
      }
    }
  }
  return picks;
}

Result<std::vector<EvaluatedRecording>> evaluate(std::span<const Recording* const> recordings,
                                                 const EvaluationSettings& settings,
                                                 const ScoreFunction& score) {
  std::vector<EvaluatedRecording> evaluated;
  for (const Recording* recording : recordings) {
    auto picks = pick_recording(*recording, settings, score);
    if (!picks) {
      return tl::unexpected(picks.error());
    }
    evaluated.push_back({recording, std::move(*picks)});
  }
  return evaluated;
}

}  // namespace geod::trainer
