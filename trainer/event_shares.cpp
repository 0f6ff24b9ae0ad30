#include "trainer/event_shares.hpp"

#include <algorithm>
#include <map>
#include <string>

#include "core/error.hpp"
#include "trainer/rng.hpp"

namespace geod::trainer {
namespace {

const std::string& event_of(const Recording& recording) {
  return recording.event.empty() ? recording.id : recording.event;
}

std::uint64_t hash_of(const std::string& text) {  // FNV-1a
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char each : text) {
    hash = (hash ^ static_cast<unsigned char>(each)) * 0x100000001B3ULL;
  }
  return hash;
}

}  // namespace

std::vector<EventPart> parts_by_event(std::span<const Recording> recordings,
                                      const EventShares& shares) {
  GEOD_CHECK(shares.pool >= shares.train && shares.train > 0.0, "the pool holds what is drawn");
  std::map<std::string, EventPart> parts;
  for (const Recording& recording : recordings) {
    parts.emplace(event_of(recording), EventPart::kTest);
  }
  std::vector<std::pair<std::uint64_t, std::string>> order;
  for (const auto& [event, part] : parts) {
    order.emplace_back(Rng(shares.seed, hash_of(event)).next(), event);
  }
  std::ranges::sort(order);
  const auto count = [&](double share) {
    // The rounding keeps 0.3 of 10 at 3.
    const auto whole = static_cast<std::size_t>(share * static_cast<double>(order.size()) + 1e-9);
    return std::max<std::size_t>(1, whole);
  };
  const std::size_t train = count(shares.train);
  const std::size_t pool = std::max(train, count(shares.pool));
  const std::size_t validation = pool + count(shares.validation);
  for (std::size_t i = 0; i < std::min(validation, order.size()); ++i) {
    parts[order[i].second] = i < train  ? EventPart::kTrain
                             : i < pool ? EventPart::kUnused
                                        : EventPart::kValidation;
  }
  std::vector<EventPart> out;
  for (const Recording& recording : recordings) {
    out.push_back(parts[event_of(recording)]);
  }
  return out;
}

}  // namespace geod::trainer
