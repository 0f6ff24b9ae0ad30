#include "streams/record_runs.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <variant>

#include "streams/record_history.hpp"

namespace geod::streams {
namespace {

constexpr double kAdjacentPeriods = 0.5;

/// Index of the first sample of `header` that is not more than half a period before `time`, at most
/// its count.
std::int64_t index_at(const RecordHeader& header, Time time) {
  const std::int64_t index =
      header.rate.samples_ceil(time - header.start - header.rate.period() / 2);
  return std::clamp<std::int64_t>(index, 0, header.samples);
}

Record part_of(const Record& record, std::int64_t from, std::int64_t to) {
  Record part;
  part.header = record.header;
  part.header.start += record.header.rate.span_of(from);
  part.header.samples = static_cast<std::uint32_t>(to - from);
  if (part.header.samples != record.header.samples) {
    part.header.leap_seconds = 0;  // a leap second in a part of a record cannot be placed
  }
  part.samples = std::visit(
      [from, to](const auto& samples) -> Samples {
        return std::decay_t<decltype(samples)>(samples.begin() + from, samples.begin() + to);
      },
      record.samples);
  return part;
}

bool follows(const Record& before, const Record& after, double periods) {
  const Duration distance = after.header.start - before.header.end();
  return before.header.rate == after.header.rate &&
         std::abs(to_seconds(distance)) <= periods / before.header.rate.hz();
}

void append(Record& to, const Record& from) {
  std::visit(
      [&from](auto& samples) {
        const auto& more = std::get<std::decay_t<decltype(samples)>>(from.samples);
        samples.insert(samples.end(), more.begin(), more.end());
      },
      to.samples);
  to.header.samples += from.header.samples;
}

}  // namespace

std::vector<Record> records_within(SharedRecords records, Time from, Time to) {
  std::stable_sort(records.begin(), records.end(), [](const auto& a, const auto& b) {
    return a->header.start < b->header.start;
  });
  std::vector<Record> within;
  for (const auto& record : records) {
    // Of what stands already the end is the newest, as records ascend and heads are cut off.
    const Time begin = within.empty() ? from : std::max(from, within.back().header.end());
    const std::int64_t first = index_at(record->header, begin);
    const std::int64_t last = index_at(record->header, to);
    if (first < last) {
      within.push_back(part_of(*record, first, last));
    }
  }
  return within;
}

std::vector<Record> joined(std::vector<Record> ascending, double periods) {
  std::vector<Record> runs;
  for (Record& record : ascending) {
    if (!runs.empty() && follows(runs.back(), record, periods) &&
        runs.back().header.flags == record.header.flags &&
        runs.back().samples.index() == record.samples.index()) {
      append(runs.back(), record);
    } else {
      runs.push_back(std::move(record));
    }
  }
  return runs;
}

std::vector<Waveform> waveforms_of(const std::vector<Record>& ascending) {
  std::vector<Waveform> waveforms;
  const Record* before = nullptr;
  for (const Record& record : ascending) {
    if (before == nullptr || !follows(*before, record, kAdjacentPeriods)) {
      waveforms.push_back({record.header.start, record.header.rate, {}, {}});
    }
    Waveform& waveform = waveforms.back();
    const std::vector<double> samples = to_double(record.samples);
    waveform.samples.insert(waveform.samples.end(), samples.begin(), samples.end());
    if (record.header.flags.saturated) {
      if (!waveform.clipped.empty() && waveform.clipped.back().to >= record.header.start) {
        waveform.clipped.back().to = record.header.end();
      } else {
        waveform.clipped.push_back({record.header.start, record.header.end()});
      }
    }
    before = &record;
  }
  return waveforms;
}

}  // namespace geod::streams
