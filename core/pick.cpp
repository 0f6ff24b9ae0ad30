#include "core/pick.hpp"

#include <fmt/format.h>

namespace geod {

std::string make_pick_id(const InstrumentId& instrument, Phase phase, Time time) {
  constexpr std::int64_t kTenthNs = 100'000'000;
  const std::int64_t ns = to_ns(time);
  const std::int64_t tenths = (ns >= 0 ? ns + kTenthNs / 2 : ns - kTenthNs / 2) / kTenthNs;
  const std::string text =
      fmt::format("{}|{}|{}", instrument.to_string(), to_string(phase), tenths);
  std::uint64_t state = 1469598103934665603ULL;
  for (const char c : text) {
    state = (state ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  }
  return fmt::format("{:016x}", state);
}

}  // namespace geod
