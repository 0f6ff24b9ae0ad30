#pragma once

#include <vector>

#include "catalog/event_hypothesis.hpp"

namespace geod::catalog {

/// Finds where an event could lie that explains one pick and as much as possible of others.
///
/// With a pick that must belong to the event, the origin time at a node of the grid is known, and
/// every other pick votes for the nodes from which the difference of the two times is right. Only
/// nodes for which the pick's station is among the nearest are asked, so the cost of a new pick
/// depends on neither history nor the size of the network.
/// Thread: immutable once made; any.
class NucleationGrid {
 public:
  explicit NucleationGrid(const EventModel& model);

  /// A pick that may take part.
  struct Vote {
    int site = 0;
    Phase phase = Phase::kP;
    float after_anchor_s = 0.0F;
    float tolerance_s = 0.0F;
    float weight = 0.0F;
  };
  struct Peak {
    Trial trial;  ///< its time counts from the anchor
    double weight = 0.0;
  };
  /// Up to `count` nodes with the greatest sums of votes, at least two nodes apart, best first;
  /// ties go to the lower node. The anchor itself does not vote.
  std::vector<Peak> peaks(
      int site, Phase phase, const std::vector<Vote>& votes, double least_weight, int count) const;

  /// The longest travel time from an asked node to the site.
  double longest_s(int site, Phase phase) const {
    return longest_s_[2 * static_cast<std::size_t>(site) + static_cast<std::size_t>(phase)];
  }
  /// The longest S travel time in the network.
  double crossing_s() const { return crossing_s_; }
  /// What a trial at the nearest node may be off, in travel time of the phase.
  double coarseness_s(Phase phase) const;

 private:
  struct Run {
    std::size_t begin;
    std::size_t end;
  };

  void lay_out(const EventModel& model);
  void fill_times(const EventModel& model);
  void choose_runs(const EventModel& model);
  const float* times(int site, Phase phase) const {
    return times_.data() +
           (2 * static_cast<std::size_t>(site) + static_cast<std::size_t>(phase)) * nodes_.size();
  }

  double spacing_km_ = 0.0;
  std::size_t columns_ = 0;
  std::size_t rows_ = 0;
  std::vector<double> depths_km_;
  std::vector<SurfacePoint> nodes_;  ///< [rows, depths, columns]
  std::vector<float> times_;         ///< [sites, phases, nodes]
  std::vector<std::vector<Run>> runs_;
  std::vector<double> longest_s_;
  double crossing_s_ = 0.0;
};

}  // namespace geod::catalog
