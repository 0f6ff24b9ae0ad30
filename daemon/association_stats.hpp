#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>

#include "daemon/latency_histogram.hpp"

namespace geod {

/// What becomes of picks on their way to events. Every member may be read from any thread.
struct AssociationStats {
  std::atomic<std::uint64_t> events{0};      ///< told for the first time
  std::atomic<std::uint64_t> versions{0};    ///< told of all events
  std::atomic<std::uint64_t> finished{0};    ///< became final; again after late picks
  std::atomic<std::uint64_t> withdrawn{0};   ///< were no events after all, or merged
  std::atomic<std::uint64_t> live_picks{0};  ///< that the associator holds

  // Picks that took no part.
  std::atomic<std::uint64_t> too_late{0};
  std::atomic<std::uint64_t> unknown_site{0};  ///< of a station that had not been heard
  std::atomic<std::uint64_t> not_finite{0};    ///< or with no positive uncertainty
  std::atomic<std::uint64_t> unplaced{0};      ///< of a station or fibre without coordinates

  std::atomic<std::uint64_t> starts{0};  ///< of the associator: anew from the store
  std::atomic<std::uint64_t> inventory_reloads{0};
  std::atomic<std::uint64_t> inventory_errors{0};
  LatencyHistogram push;        ///< one push of picks
  LatencyHistogram magnitudes;  ///< measuring those of one version
  LatencyHistogram latency;     ///< arrival of the last needed sample -> event first told
  LatencyHistogram delay;       ///< origin time -> event first told, of live data

  // geod-sink
  std::atomic<std::uint64_t> versions_stored{0};
  std::atomic<std::uint64_t> versions_refused{0};

  /// JSON text of who takes part, replaced by geod-assoc about once a second.
  std::string sites_json() const {
    const std::lock_guard lock(mutex_);
    return sites_json_;
  }
  void set_sites_json(std::string sites) {
    const std::lock_guard lock(mutex_);
    sites_json_ = std::move(sites);
  }

 private:
  mutable std::mutex mutex_;  // guards sites_json_
  std::string sites_json_ = "{}";
};

}  // namespace geod
