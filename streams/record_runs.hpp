#pragma once

#include <memory>
#include <vector>

#include "core/waveform_source.hpp"
#include "streams/record.hpp"

namespace geod::streams {

using SharedRecords = std::vector<std::shared_ptr<const Record>>;

/// What records of one channel, in any order and overlapping, hold from `from` to `to`: ascending
/// and without overlaps, each with the time of its own header. Of samples that came twice those of
/// the record that begins first are taken. A sample belongs to the span when it lies within half a
/// period of it at the start, and before the same of its end, so that adjacent spans share none.
std::vector<Record> records_within(SharedRecords records, Time from, Time to);

/// Joins those that follow one another within `periods` sample periods and are of one rate, sample
/// type and flags.
std::vector<Record> joined(std::vector<Record> ascending, double periods);

/// The same as waveforms: joined within half a period, whatever the flags.
std::vector<Waveform> waveforms_of(const std::vector<Record>& ascending);

}  // namespace geod::streams
