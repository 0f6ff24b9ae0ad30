#include "trainer/recording_builder.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "trainer/resample.hpp"

namespace geod::trainer {
namespace {

using Segments = std::vector<const WaveformSegment*>;
using Channels = std::array<Segments, kComponents>;

/// Whether every segment of a horizontal has the orientation code `code`.
bool all_point(const Segments& segments, std::string_view code) {
  return !segments.empty() && std::ranges::all_of(segments, [&](const WaveformSegment* segment) {
    return segment->source.subsource == code;
  });
}

int component_of(const std::string& subsource) {
  if (subsource == "Z") {
    return 0;
  }
  if (subsource == "N" || subsource == "1") {
    return 1;
  }
  return subsource == "E" || subsource == "2" ? 2 : -1;
}

/// Copies what `segments` hold of [start, start + length) at `rate_hz`, minus the median of it;
/// zero elsewhere. False when nothing overlaps.
bool place(const Segments& segments, Time start, double rate_hz, std::vector<double>& out) {
  std::vector<double> values;
  std::vector<SampleSpan> spans;
  const auto length = static_cast<std::int64_t>(out.size());
  for (const WaveformSegment* segment : segments) {
    if (std::abs(segment->sampling_rate_hz - rate_hz) > 1e-4 * rate_hz) {
      continue;
    }
    const auto count = static_cast<std::int64_t>(segment->samples.size());
    const std::int64_t offset = std::llround(to_seconds(segment->start - start) * rate_hz);
    const std::int64_t begin = std::max<std::int64_t>(0, offset);
    const std::int64_t end = std::min(length, offset + count);
    if (end <= begin) {
      continue;
    }
    std::copy_n(segment->samples.begin() + (begin - offset), end - begin, out.begin() + begin);
    values.insert(values.end(), out.begin() + begin, out.begin() + end);
    spans.push_back({begin, end});
  }
  if (values.empty()) {
    return false;
  }
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  const double median = *middle;
  std::vector<bool> present(out.size(), false);
  for (const SampleSpan& span : spans) {
    std::fill(present.begin() + span.begin, present.begin() + span.end, true);
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = present[i] ? out[i] - median : 0.0;
  }
  return true;
}

Recording build_one(const InstrumentId& instrument,
                    const Channels& channels,
                    const WaveformSegment& vertical,
                    double sampling_rate_hz) {
  Recording recording;
  recording.instrument = instrument;
  recording.start = vertical.start;
  recording.vertical_only = true;
  recording.oriented = all_point(channels[1], "N") && all_point(channels[2], "E");
  for (std::size_t c = 0; c < kComponents; ++c) {
    std::vector<double> samples(vertical.samples.size(), 0.0);
    const Segments own = c == 0 ? Segments{&vertical} : channels[c];
    if (place(own, vertical.start, vertical.sampling_rate_hz, samples) && c > 0) {
      recording.vertical_only = false;
    }
    const std::vector<float> at_rate =
        resample(samples, vertical.sampling_rate_hz, sampling_rate_hz);
    recording.samples = static_cast<std::int64_t>(at_rate.size());
    recording.data.insert(recording.data.end(), at_rate.begin(), at_rate.end());
  }
  return recording;
}

}  // namespace

std::vector<Recording> build_recordings(std::span<const WaveformSegment> segments,
                                        double sampling_rate_hz,
                                        const std::string& folder,
                                        RecordingKind kind,
                                        std::size_t& without_vertical) {
  std::map<InstrumentId, Channels> instruments;
  for (const WaveformSegment& segment : segments) {
    const int component = component_of(segment.source.subsource);
    if (component >= 0) {
      instruments[segment.source.instrument_id()][static_cast<std::size_t>(component)].push_back(
          &segment);
    }
  }
  std::vector<Recording> recordings;
  for (const auto& [instrument, channels] : instruments) {
    if (channels[0].empty()) {
      ++without_vertical;
    }
    for (const WaveformSegment* vertical : channels[0]) {
      const double seconds =
          static_cast<double>(vertical->samples.size()) / vertical->sampling_rate_hz;
      if (seconds < kMinRecordingS) {
        continue;
      }
      Recording recording = build_one(instrument, channels, *vertical, sampling_rate_hz);
      recording.folder = folder;
      recording.kind = kind;
      recording.id =
          fmt::format("{}/{}@{}", folder, instrument.to_string(), to_iso(recording.start, 3));
      recordings.push_back(std::move(recording));
    }
  }
  return recordings;
}

}  // namespace geod::trainer
