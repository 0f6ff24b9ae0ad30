#pragma once

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "adapters/adapter_state.hpp"
#include "core/adapter_event.hpp"
#include "daemon/network_order.hpp"

namespace geod {

/// What people are told about adapters: the bundles in the folder, what serves, what happened
/// lately. Thread: the owner's.
class AdapterBoard {
 public:
  struct Listed {
    std::string hash;
    std::string task;
    std::string problem;  ///< why it was refused; empty: it was not
  };
  struct Serving {
    adapters::BundleRef bundle;
    std::chrono::steady_clock::time_point since{};  ///< of the first batch that it may score
  };
  using InService = std::map<std::pair<models::Task, Role>, Serving>;

  void list(const std::string& bundle, Listed entry) { listed_[bundle] = std::move(entry); }
  void forget(const std::string& bundle) { listed_.erase(bundle); }
  void add(AdapterEvent event);

  /// The answer to `geod adapters list`, without counters.
  std::string to_json(const std::string& directory,
                      const InService& in_service,
                      const adapters::AdapterState& state) const;

 private:
  std::map<std::string, Listed> listed_;  ///< by folder name
  std::vector<AdapterEvent> events_;      ///< newest last, bounded
};

}  // namespace geod
