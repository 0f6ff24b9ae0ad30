#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catalog/inventory.hpp"
#include "catalog/magnitude_measure.hpp"
#include "catalog/travel_times.hpp"
#include "core/bounded_queue.hpp"
#include "core/clock.hpp"
#include "core/event.hpp"
#include "core/waveform_source.hpp"
#include "daemon/association_feed.hpp"
#include "daemon/association_picks.hpp"
#include "daemon/stats.hpp"
#include "daemon/waveform_keeper.hpp"
#include "daemon/work_items.hpp"

namespace geod {

/// Sends what became of events to the sink, with their magnitudes.
///
/// Every version is measured when it is told, from what there is by then. The final version waits
/// until data are complete beyond the last window of its amplitudes, which of a far station may be
/// later than the last S; another version of the event, or the end, waits no longer. The waveforms
/// of an event are kept when it is final: its place is then known.
/// Thread: geod-assoc.
class EventTeller {
 public:
  struct Links {
    AssociationFeed& committed;
    BoundedQueue<SinkItem>& rows;
    const WaveformSource* waveforms;  ///< null: none are held, so no ML
    WaveformKeeper* keeper;           ///< null: none are kept on disk
    const Clock& clock;
    DaemonStats& stats;
  };
  EventTeller(Links links, catalog::MagnitudeOptions magnitudes)
      : links_(links), magnitudes_(std::move(magnitudes)) {}

  /// What magnitudes are measured with; valid for one call.
  struct Known {
    const AssociationPicks& picks;
    const catalog::Inventory& inventory;
    const catalog::TravelTimes& travel_times;
    std::optional<Time> complete_until;  ///< of data; nothing: not known
  };

  void tell(std::vector<EventChange> changes, const Known& known);

  /// Tells the final versions whose windows have passed; all when `at_once`.
  void tell_held(const Known& known, bool at_once);

  /// Everything that was told is on disk, or was refused for good.
  bool is_all_committed() const { return links_.committed.acknowledged() >= told_; }

 private:
  struct Held {
    EventChange change;
    Time complete_at;
  };

  void send(EventChange change, const Known& known);
  void measure(EventVersion& event, const Known& known);
  void keep_waveforms(const EventVersion& event, const Known& known) const;
  void count(const EventVersion& event, const Known& known);

  Links links_;
  catalog::MagnitudeOptions magnitudes_;
  std::vector<Held> held_;  ///< final versions, one an event at most
  std::uint64_t told_ = 0;
};

}  // namespace geod
