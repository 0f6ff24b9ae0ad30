#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "catalog/association.hpp"
#include "catalog/locator.hpp"

namespace geod::catalog {

/// A pick as the sweep holds it.
struct SweepPick {
  std::string pick_id;
  int site = 0;  ///< index
  Phase phase = Phase::kP;
  double time_s = 0.0;  ///< since 1970
  double sigma_s = 0.0;
  double log_odds = 0.0;     ///< of its probability, bounded
  double log_clutter = 0.0;  ///< logarithm of the rate (1/s) of other picks of its site and phase
  std::optional<Measured> back_azimuth_deg;
  std::optional<Measured> distance_km;
};

/// The order in which the sweep goes: by time, then by what else tells two picks apart.
inline bool comes_before(const SweepPick& a, const SweepPick& b) {
  return std::tie(a.time_s, a.site, a.phase, a.pick_id) <
         std::tie(b.time_s, b.site, b.phase, b.pick_id);
}

/// An event as far as the sweep has seen it: a place and time, and the picks that belong to it.
struct Hypothesis {
  struct Member {
    int pick = 0;       ///< index in the table of picks
    double gain = 0.0;  ///< log odds that it is an arrival rather than clutter
    bool operator==(const Member&) const = default;
  };

  std::int64_t serial = 0;  ///< within one sweep
  Trial at;
  Covariance covariance{};
  std::vector<ClockError> clocks;  ///< of the fibres among the members
  int reach = 4;                   ///< index of how far it is recorded, see EventModel
  double score = 0.0;              ///< log odds that it is an event
  std::vector<Member> members;     ///< in the order of comes_before
};

/// Judges hypotheses: where arrivals are due, what a pick adds, what a missing one costs.
///
/// The score is a log likelihood ratio against all picks being clutter, in the manner of NET-VISA
/// (Arora, Russell and Sudderth 2013, BSSA 103): for an arrival
/// log(p_detect N(residual) / clutter rate) + log odds of the pick, for each phase that is due and
/// missing log(1 - p_detect), and a fixed cost for an event to exist at all. Detection falls off
/// with hypocentral distance beyond a reach that is fitted to each event.
/// Thread: immutable once made; any.
class EventModel {
 public:
  EventModel(std::vector<AssociationSite> sites,
             const TravelTimes& travel_times,
             const AssociationOptions& options);

  struct Due {
    double time_s = 0.0;   ///< of the arrival
    double sigma_s = 0.0;  ///< of the prediction: model and uncertainty of the hypothesis
    double distance_km = 0.0;
  };
  Due due_at(const Hypothesis& hypothesis, int site, Phase phase) const;

  /// Log odds of `pick` as an arrival of `hypothesis`; strongly negative outside the gate.
  double gain_of(const Hypothesis& hypothesis, const SweepPick& pick) const;

  /// A few steps of location from where it is, then reach and score.
  void refine(Hypothesis& hypothesis,
              const std::vector<SweepPick>& picks,
              double now_s,
              int steps) const;

  /// Gains, reach and score, with the phases that were due before `now_s` held against it.
  void rescore(Hypothesis& hypothesis, const std::vector<SweepPick>& picks, double now_s) const;

  /// Phases and stations; a fibre is one station with one P and one S.
  struct Support {
    int phases = 0;
    int stations = 0;
  };
  Support support_of(const Hypothesis& hypothesis, const std::vector<SweepPick>& picks) const;
  /// Enough phases on enough stations; where the network has no more than `few_stations`, also P
  /// and S, or P with a distance, of a station that has a back-azimuth.
  bool is_supported(const Hypothesis& hypothesis, const std::vector<SweepPick>& picks) const;

  /// Not so far from all sites that a few picks with the moveout of a plane wave fit it anywhere.
  bool is_near(const Hypothesis& hypothesis) const;

  std::vector<Observation> observations_of(const Hypothesis& hypothesis,
                                           const std::vector<SweepPick>& picks) const;

  const std::vector<AssociationSite>& sites() const { return sites_; }
  const std::vector<SurfacePoint>& points() const { return points_; }
  /// Of the fibre, or of the station itself: what counts as one station.
  int group_of(int site) const { return groups_[static_cast<std::size_t>(site)]; }
  bool is_fibre(int site) const { return !sites_[static_cast<std::size_t>(site)].fibre_id.empty(); }
  bool has_few_stations() const { return stations_ <= options_.few_stations; }
  double birth_cost() const {
    return has_few_stations() ? options_.few_birth_cost : options_.birth_cost;
  }
  const Locator& locator() const { return locator_; }
  const AssociationOptions& options() const { return options_; }

 private:
  /// Logarithms of the probabilities that a phase is picked, and that it is not.
  struct Detection {
    double log_there;
    double log_missing;
  };
  /// How late picks of a site come, as the hypothesis sees it: those of a fibre share a clock.
  ClockError clock_of(const Hypothesis& hypothesis, int site) const;
  Detection detection(double hypocentral_km, int reach) const;
  std::vector<double> shares_of(const Hypothesis& hypothesis,
                                const std::vector<SweepPick>& picks) const;

  std::vector<AssociationSite> sites_;
  std::vector<SurfacePoint> points_;
  std::vector<int> groups_;
  int stations_ = 0;                   ///< fibres count as one each
  std::vector<Detection> detections_;  ///< [reaches, distance bins]
  Locator locator_;
  AssociationOptions options_;
};

}  // namespace geod::catalog
