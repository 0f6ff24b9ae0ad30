#include "trainer/evaluation.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

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

/// Sums window scores over a whole recording with triangular weights.
class ScoreMerger {
 public:
  ScoreMerger(std::int64_t samples, std::int64_t window_samples)
      : window_samples_(window_samples),
        weights_(static_cast<std::size_t>(samples), 0.0F),
        sums_{samples, std::vector<float>(2 * static_cast<std::size_t>(samples), 0.0F)} {}

  void add(std::int64_t start, std::span<const float> scores) {
    const std::int64_t count = std::min(window_samples_, sums_.samples - start);
    for (std::int64_t i = 0; i < count; ++i) {
      const auto weight = static_cast<float>(std::min(i + 1, window_samples_ - i));
      for (std::int64_t k = 0; k < 2; ++k) {
        sums_.values[static_cast<std::size_t>(k * sums_.samples + start + i)] +=
            weight * scores[static_cast<std::size_t>(k * window_samples_ + i)];
      }
      weights_[static_cast<std::size_t>(start + i)] += weight;
    }
  }

  /// Ends the sums.
  RecordingScores mean() && {
    for (std::size_t i = 0; i < sums_.values.size(); ++i) {
      sums_.values[i] /= std::max(weights_[i % weights_.size()], 1e-9F);
    }
    return std::move(sums_);
  }

 private:
  std::int64_t window_samples_;
  std::vector<float> weights_;
  RecordingScores sums_;
};

}  // namespace

Result<RecordingScores> score_recording(const Recording& recording,
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
  return std::move(merger).mean();
}

Result<std::vector<EvaluatedPick>> pick_recording(const Recording& recording,
                                                  const EvaluationSettings& settings,
                                                  const ScoreFunction& score) {
  const auto scores = score_recording(recording, settings, score);
  if (!scores) {
    return tl::unexpected(scores.error());
  }
  const std::vector<SampleSpan> forbidden = constant_spans(recording, settings.sampling_rate_hz);
  const auto distance = static_cast<std::int64_t>(
      std::llround(settings.picks.min_distance_s * settings.sampling_rate_hz));
  std::vector<EvaluatedPick> picks;
  for (const Phase phase : {Phase::kP, Phase::kS}) {
    for (const ScorePeak& peak : find_peaks(scores->of(phase), kLowestScore, distance)) {
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
