#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "catalog/association.hpp"
#include "catalog/magnitude_measure.hpp"
#include "daemon/association_feed.hpp"
#include "daemon/association_sites.hpp"
#include "storage/stored_pick.hpp"

namespace geod {

/// Picks on their way into the association: each with its site, and with the back-azimuth and
/// distance that followed it. Thread: confined to one.
class AssociationPicks {
 public:
  /// `sites` outlives this.
  explicit AssociationPicks(const AssociationSites& sites) : sites_(sites) {}

  /// A pick is never revised: one that is known stays as it is.
  void add(const Pick& pick);
  void add(const storage::StoredPick& stored);
  void add(const CommittedFibrePick& pick);
  /// Of a pick that was added and is not forgotten; nothing happens for others.
  void add(const Estimate& estimate);

  bool has_waiting() const { return !waiting_.empty(); }
  /// What came since the last call, ascending in time.
  std::vector<catalog::AssociationPick> take();

  /// Estimates of older picks come no more.
  void forget_before(Time time);
  void clear();

  /// When the last sample that the pick needed arrived; nothing for one from the store or long ago.
  std::optional<std::chrono::steady_clock::time_point> completed_at(
      const std::string& pick_id) const;

  /// The arrivals of an event at stations, for its magnitudes.
  std::vector<catalog::MagnitudePick> magnitude_picks(const EventVersion& event) const;

  /// Picks of stations and fibres whose place is not known.
  std::uint64_t without_place() const { return without_place_; }

 private:
  struct Known {
    catalog::AssociationPick pick;
    std::optional<InstrumentId> instrument;  ///< nothing: a fibre
    std::optional<double> neural_magnitude;
    std::chrono::steady_clock::time_point completed_at{};
  };

  /// Null when the place is not known.
  Known* add(catalog::AssociationPick pick, const std::optional<std::string>& site);
  static bool apply(const EstimateValue& value, Known& known);

  const AssociationSites& sites_;
  std::map<std::string, Known, std::less<>> known_;
  std::map<std::string, catalog::AssociationPick, std::less<>> waiting_;
  std::uint64_t without_place_ = 0;
};

}  // namespace geod
