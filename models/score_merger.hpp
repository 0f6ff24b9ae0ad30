#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <limits>
#include <span>
#include <vector>

#include "core/window.hpp"
#include "models/manifest.hpp"

namespace geod::models {

/// The merged scores of one grid point.
struct MergedSample {
  std::array<double, 2> weighted{};  ///< P, S: sum of weight * score
  double weight = 0.0;               ///< 0: no trusted zone covers it
  bool has_data = false;             ///< on at least one component of one window
  bool no_picks = false;

  bool is_scored() const { return weight > 0.0; }
  double score(std::size_t phase) const { return weighted[phase] / weight; }
};

/// Weighted mean of the scores of overlapping windows. The weight of sample n of T is
/// min(n + 1, T - n), a triangle, inside the trusted zone (without the manifest's blind edges) and
/// 0 outside. Windows reach beyond the ends of a record, so samples there are covered by as many
/// windows as any other. Holds the samples between what was taken and the newest window's end.
class ScoreMerger {
 public:
  ScoreMerger(std::int64_t window_samples, const PickSettings& settings);

  /// Adds a window that starts at grid point `begin`, at most at end() unless empty. Returns how
  /// many score values were not finite; these count as not covered.
  std::uint64_t add(const Window& window,
                    std::int64_t begin,
                    std::span<const float> p,
                    std::span<const float> s);

  /// Another network scores the windows from now on, with the blind edges of `picks`: samples
  /// before grid point `border` keep the scores they have and take no more, samples from it on
  /// forget theirs. What is known of the data is kept for all.
  void change_network(std::int64_t border, const PickSettings& picks);

  /// Grid point of the first sample that is held.
  std::int64_t begin() const { return begin_; }
  std::int64_t end() const { return begin_ + static_cast<std::int64_t>(samples_.size()); }
  bool empty() const { return samples_.empty(); }
  /// Removes and returns the sample at begin(). Not when empty.
  MergedSample take();
  /// Forgets all: the next window may start anywhere.
  void reset();

  /// Trusted zone of a window, in samples from its start.
  SampleSpan trusted() const { return trusted_; }

 private:
  void count_absent(const Window& window);
  void set_weights(const PickSettings& picks);

  SampleSpan trusted_;
  std::vector<double> weights_;       ///< [T]
  std::vector<std::uint8_t> absent_;  ///< [T], scratch
  std::int64_t begin_ = std::numeric_limits<std::int64_t>::min();
  /// Grid point from which windows add scores; earlier samples were scored by an earlier network.
  std::int64_t scores_from_ = std::numeric_limits<std::int64_t>::min();
  std::deque<MergedSample> samples_;
};

}  // namespace geod::models
