#include "streams/leap_seconds.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace geod::streams {
namespace {

constexpr Time first_of(int year, unsigned month) {
  return Time{std::chrono::sys_days{std::chrono::year{year} / std::chrono::month{month} / 1}};
}

/// The midnights that followed an inserted second. None was ever removed.
constexpr std::array kAfterLeapSecond{
    first_of(1972, 7), first_of(1973, 1), first_of(1974, 1), first_of(1975, 1), first_of(1976, 1),
    first_of(1977, 1), first_of(1978, 1), first_of(1979, 1), first_of(1980, 1), first_of(1981, 7),
    first_of(1982, 7), first_of(1983, 7), first_of(1985, 7), first_of(1988, 1), first_of(1990, 1),
    first_of(1991, 1), first_of(1992, 7), first_of(1993, 7), first_of(1994, 7), first_of(1996, 1),
    first_of(1997, 7), first_of(1999, 1), first_of(2006, 1), first_of(2009, 1), first_of(2012, 7),
    first_of(2015, 7), first_of(2017, 1)};
constexpr Time kTableEnds = first_of(2026, 1);

}  // namespace

int leap_seconds_inside(Time start, Duration span, int declared) {
  if (start >= kTableEnds) {
    return std::clamp(declared, -1, 1);
  }
  // The inserted second carries the same numbers as the first second after it, so a record that
  // only reaches into it ends where start + span says.
  const Time last_end = start + span - std::chrono::seconds{1};
  const auto* first = std::upper_bound(kAfterLeapSecond.begin(), kAfterLeapSecond.end(), start);
  const auto* last = std::upper_bound(first, kAfterLeapSecond.end(), last_end);
  return static_cast<int>(last - first);
}

}  // namespace geod::streams
