#include "streams/mseed_timing.hpp"

#include <chrono>

#include "streams/leap_seconds.hpp"

namespace geod::streams {
namespace {

constexpr double kMaxSpan_s = 20.0 * 366.0 * 86'400.0;

}  // namespace

RecordResult<Time> checked_start(const CivilStart& start) {
  if (start.year < 1970 || start.year > 2100 || start.day_of_year < 1 || start.day_of_year > 366 ||
      start.hour > 23 || start.minute > 59 || start.second > 60 ||
      start.fraction >= std::chrono::seconds{1}) {
    return reject(RejectReason::kBadTime,
                  "start time year {} day {} {}:{}:{} + {} ns is out of range",
                  start.year,
                  start.day_of_year,
                  start.hour,
                  start.minute,
                  start.second,
                  start.fraction.count());
  }
  return time_from_day_of_year(static_cast<int>(start.year),
                               static_cast<int>(start.day_of_year),
                               static_cast<int>(start.hour),
                               static_cast<int>(start.minute),
                               static_cast<int>(start.second)) +
         start.fraction;
}

RecordResult<void> set_timing(RecordHeader& header, Time start, SampleRate rate, int declared) {
  if (static_cast<double>(header.samples) > rate.hz() * kMaxSpan_s) {
    return reject(RejectReason::kBadRate,
                  "{} samples at {} last longer than 20 years",
                  header.samples,
                  rate.to_string());
  }
  header.start = start;
  header.rate = rate;
  header.leap_seconds =
      static_cast<std::int8_t>(leap_seconds_inside(start, rate.span_of(header.samples), declared));
  return {};
}

}  // namespace geod::streams
