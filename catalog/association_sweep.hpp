#pragma once

#include <memory>
#include <span>
#include <vector>

#include "catalog/event_hypothesis.hpp"
#include "catalog/nucleation_grid.hpp"

namespace geod::catalog {

/// All that the sweep knows after some pick: cheap to copy, hypotheses are shared and never change.
struct SweepState {
  std::vector<std::shared_ptr<const Hypothesis>> live;  ///< ascending in serial
  std::vector<std::shared_ptr<const Hypothesis>>
      closed;  ///< no pick can reach them; last of all last
  std::int64_t next_serial = 0;
  double reviewed_s = 0.0;  ///< when the live ones were last held against what is missing
};

/// Goes through picks in the order of their times, once each, and keeps the events that explain
/// them. What it holds after a pick is a function of the picks before it alone. Thread: confined to
/// one.
class AssociationSweep {
 public:
  /// Keeps references; `picks` may grow, its elements stay.
  AssociationSweep(const EventModel& model,
                   const NucleationGrid& grid,
                   const std::vector<SweepPick>& picks);

  /// Continues from `state`, as it was after the first `position` picks of `order`.
  void restore(const SweepState& state);
  const SweepState& state() const { return state_; }

  /// Takes the pick order[position]; `order` is ascending in time.
  void step(std::span<const int> order, std::size_t position);

  /// Seconds after its origin that an event can still change.
  double lifetime_s() const;

  /// What the state would be if no pick came until `now_s`.
  SweepState closed_at(std::span<const int> order, double now_s) const;

  /// Drops closed events from before `time_s`.
  void forget_before(double time_s);

 private:
  static constexpr std::int64_t kFree = -1;

  std::int64_t& owner(int pick);
  const SweepPick& pick(int index) const { return picks_[static_cast<std::size_t>(index)]; }
  std::size_t index_of(std::int64_t serial) const;

  bool attach(int index, double now_s);
  void search(std::span<const int> order, std::size_t position, int anchor, double now_s);
  /// What the other picks of the window say of an event that `anchor` belongs to.
  std::vector<NucleationGrid::Vote> votes_for(std::span<const int> window, int anchor);
  double clocks_sigma_s(int a, int b) const;
  bool begin_at_one_station(std::span<const int> window, const SweepPick& anchor, double now_s);
  bool try_birth(std::span<const int> window, const Trial& trial, double now_s);
  double worth_to_its_event(const Hypothesis& hypothesis, int index) const;
  void gather(Hypothesis& hypothesis, std::span<const int> window) const;
  void replace(std::size_t at, Hypothesis hypothesis);
  void dissolve(std::size_t at);
  void review(double now_s);
  void close_old(std::span<const int> order, std::size_t position, double now_s);
  void polish(std::size_t at, std::span<const int> window, double now_s);
  bool merge_into_another(std::size_t at, double now_s);
  std::span<const int> window_of(std::span<const int> order,
                                 std::size_t position,
                                 double from_s) const;

  const EventModel& model_;
  const NucleationGrid& grid_;
  const std::vector<SweepPick>& picks_;
  SweepState state_;
  std::vector<std::int64_t> owners_;  ///< of each pick: serial of a hypothesis, or kFree
};

}  // namespace geod::catalog
