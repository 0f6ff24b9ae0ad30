#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace geod::models {

/// A local maximum of a score series.
struct Peak {
  std::int64_t k = 0;   ///< grid point of the highest sample, or of the middle of a plateau
  double offset = 0.0;  ///< of the apex from k, in samples: parabola through three samples
  double height = 0.0;  ///< score at k
};

/// Finds, sample by sample, the local maxima of at least `threshold` that are kept when peaks are
/// taken greedily by height with `min_distance` samples between any two (of equal ones the
/// earlier). A peak is decided as soon as no later sample can change the decision, so the result
/// does not depend on how the series was cut. Memory: the undecided peaks.
class PeakFinder {
 public:
  PeakFinder(double threshold, std::int64_t min_distance)
      : threshold_(threshold), min_distance_(min_distance) {}

  /// The score at grid point k (ascending by one); below zero where there is none.
  /// `allowed`: picks may be emitted there.
  void add(std::int64_t k, double score, bool allowed);

  /// Nothing adjacent follows.
  void end_series();

  /// The samples added from now on were scored by another network, with this threshold: no parabola
  /// is laid through samples of two.
  void change_network(double threshold);

  /// Appends to `kept`, by time, the peaks that are decided; `all`: no later sample will come.
  void decide(bool all, std::vector<Peak>& kept);

  /// Peaks left out because picks were not allowed there, since the last call.
  std::uint64_t take_suppressed();

 private:
  enum class State : std::uint8_t { kOpen, kKept, kDropped };
  struct Candidate {
    Peak peak;
    State state = State::kOpen;
    bool given = false;
  };

  void close_peak(double after);
  bool update(std::size_t i, std::int64_t complete_to);

  double threshold_;
  std::int64_t min_distance_;

  // The series so far: the last level, where it began and what was before it.
  double level_ = -1.0;
  double before_ = -1.0;
  std::int64_t level_begin_ = 0;
  std::int64_t next_k_ = 0;
  bool rising_ = false;
  bool allowed_ = true;
  double level_threshold_ = 0.0;  ///< of the network of the level's first sample
  bool at_seam_ = false;          ///< the next sample is the first of another network

  std::vector<Candidate> candidates_;  ///< by time
  std::uint64_t suppressed_ = 0;
};

}  // namespace geod::models
