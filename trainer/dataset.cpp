#include "trainer/dataset.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

#include "trainer/csv_table.hpp"
#include "trainer/recording_builder.hpp"
#include "trainer/waveform_files.hpp"

namespace geod::trainer {
namespace {

/// Half-width of the mask around a doubtful pick.
constexpr double kDoubtS = 0.5;
/// Parts that exclusions leave over are dropped below this length.
constexpr double kMinPartS = kMinRecordingS;

double samples_from(const Recording& recording, Time time, double rate_hz) {
  return to_seconds(time - recording.start) * rate_hz;
}

/// Whether a table row speaks of this recording: station, and channels ("HH") or location where
/// the row has them.
bool matches(const Recording& recording, const CsvTable& table, std::size_t row) {
  const InstrumentId& id = recording.instrument;
  const std::string_view channels = table.field(row, "channels");
  const std::string_view location = table.field(row, "location");
  return id.network == table.field(row, "network") && id.station == table.field(row, "station") &&
         (channels.empty() || channels.substr(0, 2) == id.band + id.source) &&
         (location.empty() || location == id.location);
}

Result<Time> time_of(const CsvTable& table, std::size_t row, std::string_view column) {
  const auto text = table.required(row, column);
  if (!text) {
    return tl::unexpected(text.error());
  }
  auto time = parse_iso(*text);
  if (!time) {
    return fail(Errc::kCorruptRecord, "{}: {}: {}", table.where(row), column, time.error().what);
  }
  return time;
}

/// P or S from "P", "Pg", "Sn", ...; "*" means both and is only allowed for masks.
Result<std::vector<Phase>> phases_of(const CsvTable& table, std::size_t row, bool star_allowed) {
  const auto text = table.required(row, "phase");
  if (!text) {
    return tl::unexpected(text.error());
  }
  if (star_allowed && *text == "*") {
    return std::vector<Phase>{Phase::kP, Phase::kS};
  }
  const char first = text->front();
  if (first == 'P' || first == 'p') {
    return std::vector<Phase>{Phase::kP};
  }
  if (first == 'S' || first == 's') {
    return std::vector<Phase>{Phase::kS};
  }
  return fail(Errc::kCorruptRecord, "{}: phase must be P or S, not {}", table.where(row), *text);
}

/// Calls `use(recording, row)` for every recording that a row speaks of; counts rows of none.
template <class Use>
std::size_t for_each_match(const CsvTable& table,
                           std::vector<Recording>& recordings,
                           const Use& use) {
  std::size_t unmatched = 0;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    bool used = false;
    for (Recording& recording : recordings) {
      if (matches(recording, table, row)) {
        used = use(recording, row) || used;
      }
    }
    unmatched += used ? 0 : 1;
  }
  return unmatched;
}

class FolderTables {
 public:
  FolderTables(const DatasetFolder& folder, std::vector<Recording>& recordings, double rate_hz)
      : folder_(folder), recordings_(recordings), rate_hz_(rate_hz) {}

  /// Attaches all tables of the folder. `unmatched` receives labels outside every recording.
  Result<void> attach(std::size_t& unmatched) {
    for (const auto& [file, method] :
         {std::pair{&folder_.labels, &FolderTables::attach_labels},
          std::pair{&folder_.uncertain, &FolderTables::attach_doubtful},
          std::pair{&folder_.masks, &FolderTables::attach_masks},
          std::pair{&folder_.noise, &FolderTables::attach_noise},
          std::pair{&folder_.records, &FolderTables::attach_records}}) {
      if (file->empty()) {
        continue;
      }
      const auto table = CsvTable::read(folder_.directory / *file);
      if (!table) {
        return tl::unexpected(table.error());
      }
      if (auto attached = (this->*method)(*table); !attached) {
        return attached;
      }
    }
    unmatched += unmatched_;
    return {};
  }

 private:
  Result<void> attach_labels(const CsvTable& table) {
    return attach_picks(
        table,
        [](Recording& recording, Phase phase, double at) {
          recording.labels.push_back({phase, at});
        },
        0.0,
        true);
  }

  Result<void> attach_doubtful(const CsvTable& table) {
    const double half = kDoubtS * rate_hz_;
    return attach_picks(
        table,
        [half](Recording& recording, Phase phase, double at) {
          recording.masks.push_back({phase, at - half, at + half});
        },
        half,
        false);
  }

  template <class Use>
  Result<void> attach_picks(const CsvTable& table, const Use& use, double margin, bool count) {
    Result<void> status;
    const std::size_t unmatched =
        for_each_match(table, recordings_, [&](Recording& recording, std::size_t row) {
          const auto time = time_of(table, row, "time");
          const auto phases = phases_of(table, row, false);
          if (!time || !phases) {
            status = tl::unexpected(!time ? time.error() : phases.error());
            return true;
          }
          const double at = samples_from(recording, *time, rate_hz_);
          if (at < -margin || at >= static_cast<double>(recording.samples) + margin) {
            return false;
          }
          use(recording, phases->front(), at);
          if (auto set = set_event(recording, table, row); !set) {
            status = set;
          }
          return true;
        });
    unmatched_ += count ? unmatched : 0;
    return status;
  }

  template <class Use>
  Result<void> attach_spans(const CsvTable& table, const Use& use) {
    Result<void> status;
    for_each_match(table, recordings_, [&](Recording& recording, std::size_t row) {
      const auto start = time_of(table, row, "start");
      const auto end = time_of(table, row, "end");
      if (!start || !end) {
        status = tl::unexpected(!start ? start.error() : end.error());
        return true;
      }
      const double begin_at = std::max(0.0, samples_from(recording, *start, rate_hz_));
      const double end_at =
          std::min(static_cast<double>(recording.samples), samples_from(recording, *end, rate_hz_));
      if (end_at > begin_at) {
        if (auto used = use(recording, row, begin_at, end_at); !used) {
          status = used;
        }
      }
      return true;
    });
    return status;
  }

  Result<void> attach_masks(const CsvTable& table) {
    return attach_spans(
        table,
        [&](Recording& recording, std::size_t row, double begin, double end) -> Result<void> {
          const auto phases = phases_of(table, row, true);
          if (!phases) {
            return tl::unexpected(phases.error());
          }
          for (const Phase phase : *phases) {
            recording.masks.push_back({phase, begin, end});
          }
          return {};
        });
  }

  Result<void> attach_noise(const CsvTable& table) {
    return attach_spans(
        table, [](Recording& recording, std::size_t, double begin, double end) -> Result<void> {
          recording.noise.push_back({std::llround(begin), std::llround(end)});
          return {};
        });
  }

  /// Event and fold, where the row names them.
  static Result<void> set_event(Recording& recording, const CsvTable& table, std::size_t row) {
    if (const auto event = table.field(row, "event"); !event.empty()) {
      recording.event = event;
    }
    const std::string_view fold = table.field(row, "fold");
    if (fold.empty()) {
      return {};
    }
    int value = -1;
    const auto [end, error] = std::from_chars(fold.data(), fold.data() + fold.size(), value);
    if (error != std::errc{} || end != fold.data() + fold.size() || value < 0) {
      return fail(
          Errc::kCorruptRecord, "{}: fold must be a number from 0, not {}", table.where(row), fold);
    }
    recording.fold = value;
    return {};
  }

  Result<void> attach_records(const CsvTable& table) {
    Result<void> status;
    for_each_match(table, recordings_, [&](Recording& recording, std::size_t row) {
      if (auto set = set_event(recording, table, row); !set) {
        status = set;
      }
      return true;
    });
    return status;
  }

  const DatasetFolder& folder_;
  std::vector<Recording>& recordings_;
  double rate_hz_;
  std::size_t unmatched_ = 0;
};

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

}  // namespace

Result<Dataset> load_dataset(const DatasetDescription& description, double sampling_rate_hz) {
  Dataset dataset;
  dataset.description = description;
  dataset.sampling_rate_hz = sampling_rate_hz;
  for (const DatasetFolder& folder : description.folders) {
    const auto segments = read_waveforms(folder.directory / folder.waveforms);
    if (!segments) {
      return tl::unexpected(segments.error());
    }
    std::vector<Recording> recordings = build_recordings(*segments,
                                                         sampling_rate_hz,
                                                         folder.name,
                                                         folder.kind,
                                                         dataset.instruments_without_vertical);
    FolderTables tables(folder, recordings, sampling_rate_hz);
    if (auto attached = tables.attach(dataset.labels_without_waveform); !attached) {
      return tl::unexpected(attached.error());
    }
    for (Recording& recording : recordings) {
      std::ranges::sort(recording.labels, {}, &PhaseLabel::sample);
      if (recording.kind == RecordingKind::kWindow) {
        mask_unlabelled_phases(recording, sampling_rate_hz);
      }
      for (const SampleSpan& span :
           kept_spans(recording, description.exclusions, sampling_rate_hz)) {
        if (static_cast<double>(span.end - span.begin) < kMinPartS * sampling_rate_hz) {
          continue;
        }
        dataset.recordings.push_back(span == SampleSpan{0, recording.samples}
                                         ? std::move(recording)
                                         : part_of(recording, span, sampling_rate_hz));
      }
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
  for (const Recording& recording : recordings) {
    ++summary.recordings;
    summary.hours += static_cast<double>(recording.samples) / sampling_rate_hz / 3600.0;
    for (const PhaseLabel& label : recording.labels) {
      ++(label.phase == Phase::kP ? summary.labels_p : summary.labels_s);
    }
    for (const SampleSpan& span : recording.noise) {
      summary.noise_hours += static_cast<double>(span.end - span.begin) / sampling_rate_hz / 3600.0;
    }
  }
  return summary;
}

}  // namespace geod::trainer
