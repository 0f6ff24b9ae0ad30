#include "daemon/service_health.hpp"

#include <utility>

#include <fmt/format.h>

namespace geod {
namespace {

/// Beats come every second; a batch on a slow processor may take some.
constexpr auto kLongestPause = std::chrono::seconds{30};

}  // namespace

void ServiceHealth::add(std::string name,
                        const std::atomic<std::uint64_t>& beats,
                        std::function<std::string()> fault) {
  watched_.push_back({std::move(name), &beats, std::move(fault), 0, {}});
}

std::vector<service::HealthCheck> ServiceHealth::checks(std::chrono::steady_clock::time_point now) {
  const std::lock_guard lock(mutex_);
  std::vector<service::HealthCheck> checks;
  for (Watched& watched : watched_) {
    const std::uint64_t beats = watched.beats->load();
    if (beats != watched.seen) {
      watched.seen = beats;
      watched.advanced = now;
    }
    std::string fault = watched.fault();
    if (beats == 0) {
      fault = "has not begun";
    } else if (fault.empty() && now - watched.advanced > kLongestPause) {
      fault = fmt::format("stands still for {} s",
                          std::chrono::floor<std::chrono::seconds>(now - watched.advanced).count());
    }
    const bool is_healthy = fault.empty();
    checks.push_back({watched.name, is_healthy, is_healthy ? "works" : std::move(fault)});
  }
  return checks;
}

}  // namespace geod
