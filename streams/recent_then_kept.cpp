#include "streams/recent_then_kept.hpp"

#include <utility>

namespace geod::streams {

Result<std::vector<Waveform>> RecentThenKept::read(const SourceId& channel,
                                                   Time from,
                                                   Time to) const {
  SharedRecords records = recent_.records(channel, from, to);
  std::vector<Waveform> waveforms = waveforms_of(records_within(records, from, to));
  if (waveforms.size() == 1) {
    const Duration period = waveforms[0].rate.period();
    if (waveforms[0].start <= from + period && waveforms[0].end() >= to - period) {
      return waveforms;
    }
  }
  auto kept = kept_.records(channel, from, to);
  if (!kept) {
    return tl::unexpected(kept.error());
  }
  records.insert(records.end(), kept->begin(), kept->end());
  return waveforms_of(records_within(std::move(records), from, to));
}

}  // namespace geod::streams
