#pragma once

#include "streams/mseed_reject.hpp"
#include "streams/record.hpp"

namespace geod::streams {

/// Start time as record headers write it.
struct CivilStart {
  unsigned year = 0;
  unsigned day_of_year = 0;
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;   ///< 60 in a leap second
  Duration fraction{0};  ///< below one second
};

/// kBadTime unless the year is 1970 to 2100, the day 1 to 366, the time of day a time of day.
RecordResult<Time> checked_start(const CivilStart& start);

/// Puts start, rate and the leap seconds inside the record (`declared` by its header) into
/// `header`, whose sample count is set. kBadRate when the record would last longer than 20 years:
/// such a rate is wrong, and times stay far from overflow.
RecordResult<void> set_timing(RecordHeader& header, Time start, SampleRate rate, int declared);

}  // namespace geod::streams
