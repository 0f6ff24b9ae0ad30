#include "models/score_merger.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.hpp"

namespace geod::models {

ScoreMerger::ScoreMerger(std::int64_t window_samples, const PickSettings& settings)
    : weights_(static_cast<std::size_t>(window_samples), 0.0) {
  set_weights(settings);
}

void ScoreMerger::set_weights(const PickSettings& picks) {
  const auto window_samples = static_cast<std::int64_t>(weights_.size());
  trusted_ = {picks.blind_left_samples, window_samples - picks.blind_right_samples};
  GEOD_CHECK(trusted_.begin >= 0 && trusted_.begin < trusted_.end && trusted_.end <= window_samples,
             "the blind edges must leave a trusted zone");
  std::fill(weights_.begin(), weights_.end(), 0.0);
  for (std::int64_t n = trusted_.begin; n < trusted_.end; ++n) {
    weights_[static_cast<std::size_t>(n)] =
        static_cast<double>(std::min(n + 1, window_samples - n));
  }
}

void ScoreMerger::change_network(std::int64_t border, const PickSettings& picks) {
  set_weights(picks);
  scores_from_ = border;
  for (std::int64_t k = std::max(border, begin_); k < end(); ++k) {
    MergedSample& sample = samples_[static_cast<std::size_t>(k - begin_)];
    sample.weighted = {};
    sample.weight = 0.0;
  }
}

std::uint64_t ScoreMerger::add(const Window& window,
                               std::int64_t begin,
                               std::span<const float> p,
                               std::span<const float> s) {
  const std::size_t length = weights_.size();
  GEOD_CHECK(p.size() == length && s.size() == length, "scores must have the window's length");
  if (samples_.empty()) {
    begin_ = std::max(begin_, begin);
  }
  GEOD_CHECK(begin <= end(), "windows must follow one another");
  // Samples before begin_ were taken: the blind edge of this window.
  const auto taken = static_cast<std::size_t>(std::max<std::int64_t>(0, begin_ - begin));
  const std::int64_t shift = begin - begin_;  // window sample n is samples_[n + shift]
  const auto slot = [shift](std::size_t n) {
    return static_cast<std::size_t>(static_cast<std::int64_t>(n) + shift);
  };
  samples_.resize(std::max(samples_.size(), slot(length)));
  count_absent(window);
  std::uint64_t unusable = 0;
  for (std::size_t n = taken; n < length; ++n) {
    MergedSample& sample = samples_[slot(n)];
    sample.has_data = sample.has_data || absent_[n] < kComponents;
    if (weights_[n] <= 0.0 || begin + static_cast<std::int64_t>(n) < scores_from_) {
      continue;
    }
    if (!std::isfinite(p[n]) || !std::isfinite(s[n])) {
      ++unusable;
      continue;
    }
    sample.weighted[0] += weights_[n] * static_cast<double>(p[n]);
    sample.weighted[1] += weights_[n] * static_cast<double>(s[n]);
    sample.weight += weights_[n];
  }
  for (const SampleSpan& span : window.no_picks) {
    for (auto n = std::max(taken, static_cast<std::size_t>(span.begin));
         n < static_cast<std::size_t>(span.end);
         ++n) {
      samples_[slot(n)].no_picks = true;
    }
  }
  return unusable;
}

/// How many components are missing at each sample.
void ScoreMerger::count_absent(const Window& window) {
  absent_.assign(weights_.size(), 0);
  for (const auto& spans : window.missing) {
    for (const SampleSpan& span : spans) {
      for (std::int64_t n = span.begin; n < span.end; ++n) {
        ++absent_[static_cast<std::size_t>(n)];
      }
    }
  }
}

void ScoreMerger::reset() {
  samples_.clear();
  begin_ = std::numeric_limits<std::int64_t>::min();
  scores_from_ = std::numeric_limits<std::int64_t>::min();
}

MergedSample ScoreMerger::take() {
  const MergedSample first = samples_.front();
  samples_.pop_front();
  ++begin_;
  return first;
}

}  // namespace geod::models
