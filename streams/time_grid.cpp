#include "streams/time_grid.hpp"

namespace geod::streams {
namespace {
__extension__ using Int128 = __int128;
constexpr std::int64_t kNsPerSecond = 1'000'000'000;
}  // namespace

std::int64_t TimeGrid::ceil_index(Time time) const {
  const Int128 scaled = static_cast<Int128>(to_ns(time)) * rate_.numerator();
  const Int128 divisor = static_cast<Int128>(kNsPerSecond) * rate_.denominator();
  const Int128 quotient = scaled / divisor;  // towards zero
  return static_cast<std::int64_t>(scaled > quotient * divisor ? quotient + 1 : quotient);
}

std::int64_t floor_to_multiple(std::int64_t value, std::int64_t step) {
  const std::int64_t quotient = value / step;
  return (value % step < 0 ? quotient - 1 : quotient) * step;
}

}  // namespace geod::streams
