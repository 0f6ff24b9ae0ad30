#include "trainer/dataset.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "trainer/folder_tables.hpp"
#include "trainer/quakeml.hpp"
#include "trainer/recording_builder.hpp"
#include "trainer/stored_formats.hpp"
#include "trainer/waveform_files.hpp"

namespace geod::trainer {
namespace {

/// Parts that exclusions leave over are dropped below this length.
constexpr double kMinPartS = kMinRecordingS;

double samples_from(const Recording& recording, Time time, double rate_hz) {
  return to_seconds(time - recording.start) * rate_hz;
}

void mask_unlabelled_phases(Recording& recording, double rate_hz) {
  const auto first = [&](Phase phase) -> std::optional<double> {
    for (const PhaseLabel& label : recording.labels) {
      if (label.phase == phase) {
        return label.sample;
      }
    }
    return std::nullopt;
  };
  const auto end = static_cast<double>(recording.samples);
  const std::optional<double> p = first(Phase::kP);
  if (!p) {
    recording.masks.push_back({Phase::kP, 0.0, end});
  }
  if (!first(Phase::kS)) {
    recording.masks.push_back({Phase::kS, p ? *p + kDoubtS * rate_hz : 0.0, end});
  }
}

/// The samples of `recording` that no exclusion touches, ascending.
std::vector<SampleSpan> kept_spans(const Recording& recording,
                                   const std::vector<Exclusion>& exclusions,
                                   double rate_hz) {
  std::vector<SampleSpan> kept{{0, recording.samples}};
  const std::string station = recording.instrument.station_id().to_string();
  for (const Exclusion& exclusion : exclusions) {
    if (!exclusion.stations.empty() &&
        std::ranges::find(exclusion.stations, station) == exclusion.stations.end()) {
      continue;
    }
    const auto limited = [&](const std::optional<Time>& time, std::int64_t otherwise) {
      if (!time) {
        return otherwise;
      }
      const double at = std::clamp(
          samples_from(recording, *time, rate_hz), 0.0, static_cast<double>(recording.samples));
      return static_cast<std::int64_t>(at);
    };
    const std::int64_t from = limited(exclusion.from, 0);
    const std::int64_t to = limited(exclusion.to, recording.samples);
    std::vector<SampleSpan> left;
    for (const SampleSpan& span : kept) {
      if (to <= span.begin || from >= span.end || to <= from) {
        left.push_back(span);
        continue;
      }
      if (from > span.begin) {
        left.push_back({span.begin, from});
      }
      if (to < span.end) {
        left.push_back({to, span.end});
      }
    }
    kept = left;
  }
  return kept;
}

/// The part [span.begin, span.end) as a recording of its own.
Recording part_of(const Recording& whole, const SampleSpan& span, double rate_hz) {
  Recording part = whole;
  part.samples = span.end - span.begin;
  part.data.clear();
  for (std::size_t c = 0; c < kComponents; ++c) {
    const auto component = whole.component(c);
    part.data.insert(part.data.end(), component.begin() + span.begin, component.begin() + span.end);
  }
  const auto offset = static_cast<double>(span.begin);
  const auto length = static_cast<double>(part.samples);
  part.start = whole.start + duration_from_seconds(offset / rate_hz);
  part.labels.clear();
  for (PhaseLabel label : whole.labels) {
    label.sample -= offset;
    if (label.sample >= 0.0 && label.sample < length) {
      part.labels.push_back(label);
    }
  }
  part.masks.clear();
  for (PhaseMask mask : whole.masks) {
    mask.begin -= offset;
    mask.end -= offset;
    if (mask.end > 0.0 && mask.begin < length) {
      part.masks.push_back(mask);
    }
  }
  part.events.clear();
  for (EventLabel event : whole.events) {
    event.p_sample -= offset;
    if (event.s_sample) {
      *event.s_sample -= offset;
    }
    if (event.p_sample >= 0.0 && event.p_sample < length) {
      part.events.push_back(event);
    }
  }
  part.noise.clear();
  for (SampleSpan noise : whole.noise) {
    noise.begin = std::max<std::int64_t>(0, noise.begin - span.begin);
    noise.end = std::min(part.samples, noise.end - span.begin);
    if (noise.end > noise.begin) {
      part.noise.push_back(noise);
    }
  }
  return part;
}

using StoredLoader = Result<StoredTraces> (*)(const DatasetFolder&, double);

/// Null for the formats whose samples are held in memory.
StoredLoader stored_loader(DataFormat format) {
  switch (format) {
    case DataFormat::kStead:
      return load_stead;
    case DataFormat::kDiting:
      return load_diting;
    case DataFormat::kSeisbench:
      return load_seisbench;
    case DataFormat::kNpz:
      return load_npz;
    case DataFormat::kMseed:
    case DataFormat::kQuakeml:
      break;
  }
  return nullptr;
}

Result<std::vector<Recording>> load_mseed(const DatasetFolder& folder, Dataset& dataset) {
  const double rate_hz = dataset.sampling_rate_hz;
  const auto segments = read_waveforms(folder.directory / folder.waveforms);
  if (!segments) {
    return tl::unexpected(segments.error());
  }
  std::vector<Recording> recordings = build_recordings(
      *segments, rate_hz, folder.name, folder.kind, dataset.instruments_without_vertical);
  FolderTables tables(folder, recordings, rate_hz);
  Result<void> attached;
  if (folder.format == DataFormat::kQuakeml) {
    const auto catalogue = read_catalogue(folder.directory);
    if (!catalogue) {
      return tl::unexpected(catalogue.error());
    }
    attached = tables.attach(dataset.labels_without_waveform, &*catalogue);
  } else {
    attached = tables.attach(dataset.labels_without_waveform);
  }
  if (!attached) {
    return tl::unexpected(attached.error());
  }
  return recordings;
}

Result<std::vector<Recording>> load_stored(const DatasetFolder& folder,
                                           StoredLoader loader,
                                           Dataset& dataset) {
  auto traces = loader(folder, dataset.sampling_rate_hz);
  if (!traces) {
    return tl::unexpected(traces.error());
  }
  dataset.skipped_traces += traces->skipped;
  if (dataset.first_skip.empty()) {
    dataset.first_skip = traces->first_skip;
  }
  return std::move(traces->recordings);
}

/// Sorts its labels, masks what nobody labelled, and adds the parts that no exclusion touches.
void add_recording(Recording recording, Dataset& dataset) {
  const double rate_hz = dataset.sampling_rate_hz;
  std::ranges::sort(recording.labels, {}, &PhaseLabel::sample);
  if (recording.kind == RecordingKind::kWindow) {
    mask_unlabelled_phases(recording, rate_hz);
  }
  const SampleSpan all{0, recording.samples};
  const auto spans = kept_spans(recording, dataset.description.exclusions, rate_hz);
  if (recording.store != nullptr) {
    if (spans == std::vector{all}) {
      dataset.recordings.push_back(std::move(recording));
    }
    return;
  }
  for (const SampleSpan& span : spans) {
    if (static_cast<double>(span.end - span.begin) < kMinPartS * rate_hz) {
      continue;
    }
    dataset.recordings.push_back(span == all ? std::move(recording)
                                             : part_of(recording, span, rate_hz));
  }
}

}  // namespace

Result<Dataset> load_dataset(const DatasetDescription& description, double sampling_rate_hz) {
  Dataset dataset;
  dataset.description = description;
  dataset.sampling_rate_hz = sampling_rate_hz;
  for (const DatasetFolder& folder : description.folders) {
    const StoredLoader loader = stored_loader(folder.format);
    auto recordings =
        loader == nullptr ? load_mseed(folder, dataset) : load_stored(folder, loader, dataset);
    if (!recordings) {
      return tl::unexpected(recordings.error());
    }
    for (Recording& recording : *recordings) {
      add_recording(std::move(recording), dataset);
    }
  }
  if (dataset.recordings.empty()) {
    return fail(Errc::kConfig, "{}: nothing is left after the exclusions", description.name);
  }
  return dataset;
}

DatasetSummary Dataset::summary() const {
  DatasetSummary summary;
  summary.labels_without_waveform = labels_without_waveform;
  summary.instruments_without_vertical = instruments_without_vertical;
  summary.skipped_traces = skipped_traces;
  summary.first_skip = first_skip;
  for (const Recording& recording : recordings) {
    ++summary.recordings;
    summary.hours += static_cast<double>(recording.samples) / sampling_rate_hz / 3600.0;
    for (const PhaseLabel& label : recording.labels) {
      ++(label.phase == Phase::kP ? summary.labels_p : summary.labels_s);
    }
    for (const EventLabel& event : recording.events) {
      summary.polarities += event.first_motion_up ? 1 : 0;
      summary.back_azimuths += event.back_azimuth_deg ? 1 : 0;
      summary.magnitudes += event.magnitude ? 1 : 0;
      summary.distances += event.distance_km ? 1 : 0;
    }
    for (const SampleSpan& span : recording.noise) {
      summary.noise_hours += static_cast<double>(span.end - span.begin) / sampling_rate_hz / 3600.0;
    }
  }
  return summary;
}

}  // namespace geod::trainer
