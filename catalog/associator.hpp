#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/association.hpp"
#include "catalog/association_sweep.hpp"
#include "catalog/event_ledger.hpp"
#include "core/error.hpp"

namespace geod::catalog {

/// Makes events of picks while they come in.
///
/// Picks are gone through in the order of their own times (AssociationSweep). One that comes late
/// takes the sweep back to a state kept from before it and forward again, so that what stands in
/// the end depends on the picks alone, not on the order or the chunks in which they came; this
/// holds for picks no older than `reopen` before the newest. The ledger compares what stands with
/// what was told before and gives each event its id, once. Cost: a chunk costs what its own picks
/// and those after its oldest cost; history costs nothing. Thread: confined to one.
class Associator {
 public:
  /// `travel_times` must outlive it. kConfig when a site is there twice or has no place on earth.
  static Result<std::unique_ptr<Associator>> make(std::vector<AssociationSite> sites,
                                                  const TravelTimes& travel_times,
                                                  const AssociationOptions& options);

  /// Why picks of a chunk did not take part.
  struct Refused {
    std::size_t too_late = 0;
    std::size_t unknown_site = 0;
    std::size_t not_finite = 0;  ///< or with no positive uncertainty
    bool operator==(const Refused&) const = default;
  };
  struct Outcome {
    std::vector<EventChange> changes;
    Refused refused;
  };

  /// Takes picks in any order. The same id again replaces the pick (a back-azimuth that followed).
  /// `now` as of advance, so that what both change is told once.
  Outcome push(std::span<const AssociationPick> picks, Time now = Time::min());

  /// Nothing before `now` is awaited any more: events that no wave can reach become final.
  std::vector<EventChange> advance(Time now);

  /// Goes on after a restart, before any push: `known` are the events told before. Picks from well
  /// before `since` (by lifetime_s() and the clutter window at least) must be pushed again; events
  /// before `since` are left as they were told, those after it are compared.
  void recall(std::span<const EventVersion> known, Time since);

  /// Seconds after its origin that an event can still get picks.
  double lifetime_s() const { return sweep_.lifetime_s(); }

  std::size_t live_picks() const { return order_.size(); }

 private:
  Associator(std::vector<AssociationSite> sites,
             const TravelTimes& travel_times,
             const AssociationOptions& options);

  struct Snapshot {
    double time_s = 0.0;  ///< all picks before it are in, none at or after it
    SweepState state;
  };

  struct Told {
    std::shared_ptr<const Hypothesis> hypothesis;
    std::shared_ptr<const EventLedger::Standing> standing;
  };

  bool is_usable(const AssociationPick& pick, Refused& refused) const;
  double arrival_s(const AssociationPick& pick) const;
  /// The earliest time that changes by it; infinity when nothing does.
  double insert(const AssociationPick& pick);
  void erase(int index);
  std::vector<double>& arrived_of(const SweepPick& pick);
  std::vector<int>::iterator place_of(int index);
  void go_back_to(double time_s);
  void sweep();
  std::shared_ptr<const EventLedger::Standing> standing_of(
      const std::shared_ptr<const Hypothesis>& hypothesis, bool is_final);
  std::vector<EventChange> tell();
  std::vector<EventChange> tell(const SweepState& state);
  void forget();

  AssociationOptions options_;
  std::map<std::string, int, std::less<>> site_of_key_;
  EventModel model_;
  NucleationGrid grid_;
  std::vector<SweepPick> picks_;
  std::vector<int> unused_;  ///< places in picks_
  std::map<std::string, int, std::less<>> index_of_id_;
  std::vector<int> order_;  ///< of picks_, ascending in time, then site, phase and id
  std::vector<std::vector<double>> arrived_s_;  ///< ascending times, [sites * phases]
  AssociationSweep sweep_;
  std::deque<Snapshot> snapshots_;  ///< ascending in time
  std::size_t swept_ = 0;           ///< picks of order_ that the sweep has taken
  double newest_s_;
  double awaited_s_;                   ///< nothing older comes, as advance said
  double told_from_s_ = 0.0;           ///< events before it are those of another life, see recall
  double forgotten_s_ = 0.0;           ///< events before it are no more looked at
  std::map<std::int64_t, Told> told_;  ///< by serial: located once, not at every pick
  EventLedger ledger_;
};

}  // namespace geod::catalog
