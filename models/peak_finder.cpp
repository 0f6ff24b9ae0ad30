#include "models/peak_finder.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace geod::models {
namespace {
constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
constexpr double kNothing = -1.0;  ///< no score beside a level
}  // namespace

void PeakFinder::add(std::int64_t k, double score, bool allowed) {
  const bool at_seam = std::exchange(at_seam_, false);
  if (score > level_) {
    before_ = at_seam ? kNothing : level_;
    level_begin_ = k;
    level_threshold_ = threshold_;
    rising_ = true;
    allowed_ = allowed;
  } else if (score == level_) {
    allowed_ = allowed_ && allowed;
  } else {
    close_peak(at_seam ? kNothing : score);
    before_ = at_seam ? kNothing : level_;
    level_begin_ = k;
  }
  level_ = score;
  next_k_ = k + 1;
}

void PeakFinder::end_series() {
  close_peak(kNothing);
  level_ = kNothing;
  before_ = kNothing;
}

void PeakFinder::change_network(double threshold) {
  threshold_ = threshold;
  at_seam_ = true;
}

/// The level that ends before next_k_ is a maximum if it was reached from below.
void PeakFinder::close_peak(double after) {
  if (!std::exchange(rising_, false) || level_ < level_threshold_) {
    return;
  }
  if (!allowed_) {
    ++suppressed_;
    return;
  }
  const std::int64_t last = next_k_ - 1;
  Peak peak;
  peak.k = level_begin_ + (last - level_begin_) / 2;
  peak.height = level_;
  if (last > level_begin_) {
    peak.offset = static_cast<double>(level_begin_ + last) / 2.0 - static_cast<double>(peak.k);
  } else if (before_ >= 0.0 && after >= 0.0) {
    const double curvature = before_ - 2.0 * level_ + after;
    peak.offset = std::clamp(0.5 * (before_ - after) / curvature, -0.5, 0.5);
  }
  candidates_.push_back({peak, State::kOpen, false});
}

/// Decides candidate i if its neighbours allow it; true when it changed.
bool PeakFinder::update(std::size_t i, std::int64_t complete_to) {
  Candidate& candidate = candidates_[i];
  bool waits = candidate.peak.k + min_distance_ > complete_to;
  bool dropped = false;
  const auto look_at = [&](const Candidate& other, bool earlier) {
    const bool higher = earlier ? other.peak.height >= candidate.peak.height
                                : other.peak.height > candidate.peak.height;
    dropped = dropped || (higher && other.state == State::kKept);
    waits = waits || (higher && other.state == State::kOpen);
  };
  for (std::size_t j = i; j > 0 && candidate.peak.k - candidates_[j - 1].peak.k < min_distance_;
       --j) {
    look_at(candidates_[j - 1], true);
  }
  for (std::size_t j = i + 1;
       j < candidates_.size() && candidates_[j].peak.k - candidate.peak.k < min_distance_;
       ++j) {
    look_at(candidates_[j], false);
  }
  if (dropped) {
    candidate.state = State::kDropped;
  } else if (!waits) {
    candidate.state = State::kKept;
  }
  return candidate.state != State::kOpen;
}

void PeakFinder::decide(bool all, std::vector<Peak>& kept) {
  // A peak that is not closed yet lies at level_begin_ or later.
  const std::int64_t complete_to = all ? kNever : (rising_ ? level_begin_ : next_k_);
  bool changed = true;
  while (changed) {
    changed = false;
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
      if (candidates_[i].state == State::kOpen) {
        changed = update(i, complete_to) || changed;
      }
    }
  }
  for (Candidate& candidate : candidates_) {
    if (candidate.state == State::kKept && !std::exchange(candidate.given, true)) {
      kept.push_back(candidate.peak);
    }
  }
  // A decided peak still matters to open or coming ones within the distance.
  const auto first_open = std::find_if(candidates_.begin(),
                                       candidates_.end(),
                                       [](const Candidate& c) { return c.state == State::kOpen; });
  const std::int64_t needed_from =
      std::min(complete_to, first_open == candidates_.end() ? kNever : first_open->peak.k);
  std::erase_if(candidates_, [&](const Candidate& c) {
    return all || (c.state != State::kOpen && c.peak.k <= needed_from - min_distance_);
  });
}

std::uint64_t PeakFinder::take_suppressed() {
  return std::exchange(suppressed_, 0);
}

}  // namespace geod::models
