#include "daemon/data_horizon.hpp"

#include <algorithm>

namespace geod {

void DataHorizon::reach(const std::string& stream, Time to) {
  const auto [reached, is_new] = reached_.try_emplace(stream, to);
  reached->second = std::max(reached->second, to);
}

std::optional<Time> DataHorizon::newest() const {
  std::optional<Time> newest;
  for (const auto& [stream, to] : reached_) {
    newest = std::max(newest.value_or(to), to);
  }
  return newest;
}

std::optional<Time> DataHorizon::time() const {
  const std::optional<Time> newest = this->newest();
  std::optional<Time> slowest = newest;
  for (const auto& [stream, to] : reached_) {
    if (to > *newest - timeout_) {
      slowest = std::min(*slowest, to);
    }
  }
  return slowest ? std::optional(*slowest - kDecided) : std::nullopt;
}

}  // namespace geod
