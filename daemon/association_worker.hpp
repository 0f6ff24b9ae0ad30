#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "catalog/associator.hpp"
#include "catalog/velocity_model.hpp"
#include "config/config.hpp"
#include "core/bounded_queue.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "daemon/association_feed.hpp"
#include "daemon/association_history.hpp"
#include "daemon/association_picks.hpp"
#include "daemon/association_setup.hpp"
#include "daemon/association_sites.hpp"
#include "daemon/data_horizon.hpp"
#include "daemon/event_teller.hpp"
#include "daemon/inventory_watch.hpp"
#include "daemon/stats.hpp"
#include "daemon/work_items.hpp"
#include "streams/waveform_ring.hpp"

namespace geod {

/// The thread geod-assoc: makes events of picks that geod-sink has committed, and sends what is
/// told of them back to it.
///
/// Everything but the pace is data time: what is final, what is late, who is heard. The pace is
/// `catalog.update_interval`: what came meanwhile goes in at once, so an event is told again at
/// most once an interval, in a replay as live; where a replay is fast versions in between are left
/// out, and the last ones are the same.
///
/// After a restart, a change of the sites or an overrun of the feed the associator is made anew
/// from the store. A cursor, committed after the changes that it covers, says how far it had come.
/// The sink never waits for this thread; this thread waits for the sink when its queue is full.
class AssociationWorker {
 public:
  /// Of the cursor in the store; no name of a source has a colon.
  static constexpr const char* kCursor = "catalog:association";

  struct Links {
    AssociationFeed& committed;
    BoundedQueue<SinkItem>& rows;
    const std::atomic<bool>& sources_ended;  ///< all of them, by themselves
    const WaveformSource* waveforms;         ///< null: none are held
    WaveformKeeper* keeper;                  ///< null: none are kept on disk
    const Clock& clock;
    DaemonStats& stats;
    streams::WaveformRing* ring = nullptr;  ///< told how far the association is; null: none is held
  };

  /// `cursor` is what stands in the store. All of `links` outlives this. Errors as velocity_model.
  static Result<std::unique_ptr<AssociationWorker>> make(const config::Config& config,
                                                         const std::optional<std::string>& cursor,
                                                         Links links);

  /// Runs until the feed is closed and drained; then tells what can be told. A stop ends only the
  /// reading of what is stored, which goes on at the next start. Thread: geod-assoc.
  Result<void> run(std::stop_token stop);

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;

  AssociationWorker(const config::Config& config,
                    catalog::VelocityModel model,
                    std::optional<Time> reached,
                    Links links);

  void take(const CommittedRows& rows);
  void look_at_places(SteadyTime now);
  bool has_work() const;
  void step(const std::stop_token& stop);
  void finish(const std::stop_token& stop);
  void check_sites();
  Result<void> start_anew(const std::stop_token& stop);
  Result<void> read_on(AssociationHistory& history, Time since, Time until, const std::stop_token&);
  void push_waiting(Time until);
  void advance(Time until);
  void tell(std::vector<EventChange> changes);
  EventTeller::Known known() const;
  void count(const catalog::Associator::Refused& refused);
  void publish_status();
  Time heard_since() const;

  const config::CatalogConfig config_;
  const std::filesystem::path database_;
  const catalog::AssociationOptions options_;
  Links links_;

  InventoryWatch places_;
  AssociationSites sites_;
  AssociationPicks picks_;
  DataHorizon horizon_;
  TravelTimeTables tables_;
  EventTeller teller_;
  const catalog::TravelTimes* travel_times_ = nullptr;  ///< of tables_, with the associator
  std::vector<catalog::AssociationSite> in_force_;
  std::unique_ptr<catalog::Associator> associator_;  ///< refers to tables_; null without sites

  bool starts_anew_ = true;        ///< the associator is not, or no more, what it should be
  bool sites_may_differ_ = false;  ///< somebody is heard for the first time
  bool has_read_heard_ = false;
  std::optional<Time> reached_;     ///< newest pick that was gone through
  std::optional<Time> advanced_;    ///< what the associator was told last
  std::optional<Time> checked_at_;  ///< data time of the last check_sites
  std::string fault_;               ///< why there is no association; empty: there is
  SteadyTime next_step_{};
  SteadyTime next_look_{};
  log::RateLimit log_limit_;
};

}  // namespace geod
