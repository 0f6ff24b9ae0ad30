#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace geod {

/// Elapsed data time, integer nanoseconds.
using Duration = std::chrono::nanoseconds;

/// Data time: integer nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX).
/// Range about 1678 to 2262.
using Time = std::chrono::sys_time<Duration>;

constexpr Time time_from_ns(std::int64_t ns) {
  return Time{Duration{ns}};
}
constexpr std::int64_t to_ns(Time time) {
  return time.time_since_epoch().count();
}
constexpr double to_seconds(Duration duration) {
  return static_cast<double>(duration.count()) * 1e-9;
}
/// Nearest nanosecond. `seconds` must be finite and within +-9e9.
Duration duration_from_seconds(double seconds);

/// UTC from civil parts; `day_of_year` counts from 1, `second` may be 60 in a leap second (it then
/// equals second 0 of the next minute). No range check.
Time time_from_day_of_year(int year, int day_of_year, int hour, int minute, int second);

/// "2019-07-04T17:02:55.123456789Z" with `decimals` digits (0 to 9), rounded to nearest.
std::string to_iso(Time time, int decimals = 6);

/// Reads `YYYY-MM-DD[(T| )hh:mm[:ss[.fraction]]][Z]`, UTC. kConfig when it is anything else.
Result<Time> parse_iso(std::string_view text);

/// Reads "90s", "15min", "2h", "1d", "250ms", "0.5s". The unit is required. kConfig otherwise.
Result<Duration> parse_duration(std::string_view text);

}  // namespace geod
