#include "core/fibre_detection.hpp"

#include <fmt/format.h>

namespace geod {

std::string make_detection_id(std::string_view fibre_id, std::int64_t first_channel, Time from) {
  constexpr std::int64_t kTenthNs = 100'000'000;
  const std::int64_t ns = to_ns(from);
  const std::int64_t tenths = (ns >= 0 ? ns + kTenthNs / 2 : ns - kTenthNs / 2) / kTenthNs;
  std::uint64_t state = 1469598103934665603ULL;
  for (const char c : fmt::format("{}|{}|{}", fibre_id, first_channel, tenths)) {
    state = (state ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  }
  return fmt::format("{:016x}", state);
}

std::string fibre_pick_id(std::string_view detection_id, const FibrePick& pick) {
  return fmt::format("{}:{}:{}", detection_id, to_string(pick.phase_hint), pick.channel);
}

}  // namespace geod
