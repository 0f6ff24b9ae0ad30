#include "trainer/trace_collector.hpp"

#include <algorithm>
#include <utility>

#include "trainer/event_tables.hpp"
#include "trainer/resample.hpp"

namespace geod::trainer {

Recording stored_recording(const DatasetFolder& folder,
                           const TraceLabels& labels,
                           std::int64_t trace_samples,
                           double trace_rate_hz,
                           double sampling_rate_hz) {
  Recording recording;
  recording.id = fmt::format("{}/{}", folder.name, labels.name);
  recording.folder = folder.name;
  // Noise is for training and noise intervals: it has no pick that a score could count.
  recording.kind = labels.noise ? RecordingKind::kContinuous : RecordingKind::kWindow;
  recording.instrument = labels.instrument;
  recording.event = labels.event;
  recording.part = labels.part;
  recording.start = labels.start;
  recording.samples = resampled_length(trace_samples, trace_rate_hz, sampling_rate_hz);
  if (labels.noise) {
    recording.noise = {{0, recording.samples}};
    return recording;
  }
  const double scale = sampling_rate_hz / trace_rate_hz;
  for (PhaseLabel arrival : labels.arrivals) {
    arrival.sample *= scale;
    if (arrival.sample >= 0.0 && arrival.sample < static_cast<double>(recording.samples)) {
      recording.labels.push_back(arrival);
    }
  }
  std::ranges::sort(recording.labels, {}, &PhaseLabel::sample);
  const auto p = std::ranges::find(recording.labels, Phase::kP, &PhaseLabel::phase);
  if (p == recording.labels.end() || !has_scalar(labels.event_label)) {
    return recording;
  }
  EventLabel event = labels.event_label;
  event.p_sample = p->sample;
  const auto s = std::find_if(
      p, recording.labels.end(), [](const PhaseLabel& label) { return label.phase == Phase::kS; });
  if (s != recording.labels.end()) {
    event.s_sample = s->sample;
  }
  recording.events = {event};
  return recording;
}

std::uint32_t TraceCollector::file(const std::filesystem::path& path) {
  const auto [at, is_new] = numbers_.emplace(path, static_cast<std::uint32_t>(files_.size()));
  if (is_new) {
    files_.push_back(path);
  }
  return at->second;
}

void TraceCollector::add(const TraceLabels& labels, Hdf5Trace trace, bool oriented) {
  Recording recording =
      stored_recording(folder_, labels, trace.samples, trace.sampling_rate_hz, rate_hz_);
  recording.stored = traces_.size();
  recording.vertical_only = trace.order[1] < 0 && trace.order[2] < 0;
  recording.oriented = oriented && trace.order[1] >= 0 && trace.order[2] >= 0;
  if (!recording.oriented) {
    for (EventLabel& event : recording.events) {
      event.back_azimuth_deg.reset();
    }
  }
  traces_.push_back(std::move(trace));
  out_.recordings.push_back(std::move(recording));
}

void TraceCollector::skip(const std::string& reason) {
  ++out_.skipped;
  if (out_.first_skip.empty()) {
    out_.first_skip = reason;
  }
}

Result<StoredTraces> TraceCollector::finish() {
  const std::size_t count = traces_.size();
  if (count == 0) {
    return fail(Errc::kNotFound,
                "{}: its metadata name no usable trace{}{}",
                folder_.directory.string(),
                out_.first_skip.empty() ? "" : "; the first row: ",
                out_.first_skip);
  }
  auto reader = Hdf5TraceReader::open(files_, std::move(traces_), rate_hz_);
  if (!reader) {
    return tl::unexpected(reader.error());
  }
  if (auto probed = probe(**reader, count); !probed) {
    return tl::unexpected(probed.error());
  }
  const auto store = std::make_shared<const WaveformStore>(std::move(*reader));
  for (Recording& recording : out_.recordings) {
    recording.store = store;
  }
  return std::move(out_);
}

std::vector<std::filesystem::path> files_ending(const std::filesystem::path& directory,
                                                const std::string& extension) {
  std::vector<std::filesystem::path> paths;
  std::error_code error;
  for (std::filesystem::directory_iterator at(directory, error), end; !error && at != end;
       at.increment(error)) {
    if (at->path().extension() == extension) {
      paths.push_back(at->path());
    }
  }
  std::ranges::sort(paths);
  return paths;
}

InstrumentId instrument_of(const std::string& network,
                           const std::string& station,
                           const std::string& location,
                           const std::string& band_and_source) {
  const bool two = band_and_source.size() >= 2;
  return {network,
          station,
          location,
          two ? band_and_source.substr(0, 1) : "H",
          two ? band_and_source.substr(1, 1) : "H"};
}

}  // namespace geod::trainer
