#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

#include "core/time.hpp"
#include "models/geometry.hpp"
#include "models/network_host.hpp"

namespace geod {

/// What a network does for a task.
enum class Role : std::uint8_t {
  kActive,  ///< its picks and estimates are the catalogue's
  kShadow,  ///< a candidate: scores the same windows, its rows stay apart
};
constexpr std::string_view to_string(Role role) {
  return role == Role::kActive ? "active" : "shadow";
}

/// From geod-adapt to the thread that scores: from the next batch on, this network has the role.
/// Host: models::Engine (geod-infer) or models::SegmentationEngine (geod-segment).
template <class Host>
struct NetworkOrder {
  std::uint64_t number = 0;  ///< comes back in NetworkTakenUp
  models::Task task = models::Task::kDpk;
  Role role = Role::kActive;
  /// Outlives the thread that scores. Null: nothing has the role any more.
  Host* engine = nullptr;
  /// What `engine` is to serve; null: it was opened with it.
  std::unique_ptr<models::PreparedNetwork> network;
};

/// The answer, between two batches later.
struct NetworkTakenUp {
  std::uint64_t number = 0;
  std::unique_ptr<models::PreparedNetwork> before;  ///< to be freed by geod-adapt
  std::chrono::steady_clock::time_point at{};       ///< it scores the next batch from here on
  Duration pause{};  ///< time that the thread that scores spent on it
};

}  // namespace geod
