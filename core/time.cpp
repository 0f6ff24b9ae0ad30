#include "core/time.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <optional>

namespace geod {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

/// Takes exactly `digits` decimal digits off the front of `text`.
std::optional<int> take_digits(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) {
    return std::nullopt;
  }
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') {
      return std::nullopt;
    }
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) {
    return false;
  }
  text.remove_prefix(1);
  return true;
}

/// Up to nine fraction digits to nanoseconds; further digits must be digits and are cut off.
std::optional<std::int64_t> take_fraction_ns(std::string_view& text) {
  std::int64_t ns = 0;
  std::int64_t unit = 100'000'000;
  std::size_t used = 0;
  while (used < text.size() && text[used] >= '0' && text[used] <= '9') {
    ns += unit * (text[used] - '0');
    unit /= 10;
    ++used;
  }
  if (used == 0) {
    return std::nullopt;
  }
  text.remove_prefix(used);
  return ns;
}

std::optional<Time> parse_iso_or_nothing(std::string_view text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, '-')) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{*year},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!date.ok() || *year < 1678 || *year > 2261) return std::nullopt;
  Time time = sys_days{date};
  if (text.empty()) return time;
  if (text != "Z" && (take(text, 'T') || take(text, ' '))) {
    const auto hour = take_digits(text, 2);
    if (!hour || !take(text, ':')) return std::nullopt;
    const auto minute = take_digits(text, 2);
    if (!minute || *hour > 23 || *minute > 59) return std::nullopt;
    time += std::chrono::hours{*hour} + std::chrono::minutes{*minute};
    if (take(text, ':')) {
      const auto second = take_digits(text, 2);
      if (!second || *second > 60) return std::nullopt;
      time += std::chrono::seconds{*second};
      if (take(text, '.')) {
        const auto fraction = take_fraction_ns(text);
        if (!fraction) return std::nullopt;
        time += Duration{*fraction};
      }
    }
  }
  take(text, 'Z');
  return text.empty() ? std::optional<Time>{time} : std::nullopt;
}

}  // namespace

Duration duration_from_seconds(double seconds) {
  return Duration{static_cast<std::int64_t>(std::llround(seconds * 1e9))};
}

Time time_from_day_of_year(int year, int day_of_year, int hour, int minute, int second) {
  const sys_days january_first{std::chrono::year{year} / std::chrono::January / 1};
  return Time{january_first + days{day_of_year - 1}} + std::chrono::hours{hour} +
         std::chrono::minutes{minute} + std::chrono::seconds{second};
}

std::string to_iso(Time time, int decimals) {
  std::int64_t unit = 1;
  for (int i = decimals; i < 9; ++i) {
    unit *= 10;
  }
  const std::int64_t ns = to_ns(time);
  const std::int64_t floor_units = ns / unit - (ns % unit < 0 ? 1 : 0);
  const std::int64_t rounded_units =
      floor_units + ((ns - floor_units * unit) * 2 >= unit && unit > 1 ? 1 : 0);
  const Time rounded = time_from_ns(rounded_units * unit);
  const auto day = std::chrono::floor<days>(rounded);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss<Duration> clock{rounded - day};
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
                                 static_cast<int>(date.year()),
                                 static_cast<unsigned>(date.month()),
                                 static_cast<unsigned>(date.day()),
                                 clock.hours().count(),
                                 clock.minutes().count(),
                                 clock.seconds().count());
  if (decimals > 0) {
    text += fmt::format(".{:0{}}", clock.subseconds().count() / unit, decimals);
  }
  return text + "Z";
}

Result<Time> parse_iso(std::string_view text) {
  const auto time = parse_iso_or_nothing(text);
  if (!time) {
    return fail(Errc::kConfig,
                "'{}' is not a UTC time; write for example 2019-07-04T17:00:00 or 2019-07-04",
                text);
  }
  return *time;
}

Result<Duration> parse_duration(std::string_view text) {
  struct Unit {
    std::string_view name;
    double seconds;
  };
  static constexpr std::array<Unit, 7> kUnits{{{"ns", 1e-9},
                                               {"us", 1e-6},
                                               {"ms", 1e-3},
                                               {"s", 1.0},
                                               {"min", 60.0},
                                               {"h", 3600.0},
                                               {"d", 86400.0}}};
  double value = 0.0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status == std::errc{} && std::isfinite(value) && std::abs(value) < 1e9) {
    const std::string_view unit{end, static_cast<std::size_t>(text.data() + text.size() - end)};
    for (const Unit& known : kUnits) {
      if (unit == known.name && std::abs(value * known.seconds) < 9e9) {
        return duration_from_seconds(value * known.seconds);
      }
    }
  }
  return fail(
      Errc::kConfig, "'{}' is not a duration; write for example 250ms, 30s, 15min, 2h or 1d", text);
}

}  // namespace geod
