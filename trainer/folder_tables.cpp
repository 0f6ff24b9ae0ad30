#include "trainer/folder_tables.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace geod::trainer {
namespace {

/// Around all data times, far enough from the ends of the type to be added to.
constexpr Time kEarliest{Duration::min() / 2};
constexpr Time kLatest{Duration::max() / 2};

double samples_from(const Recording& recording, Time time, double rate_hz) {
  return to_seconds(time - recording.start) * rate_hz;
}

Duration length_of(const Recording& recording, double rate_hz) {
  return duration_from_seconds(static_cast<double>(recording.samples) / rate_hz);
}

/// Whether channels ("HH") and location of a row, where it has them, are this recording's.
bool same_instrument(const Recording& recording, const CsvTable& table, std::size_t row) {
  const InstrumentId& id = recording.instrument;
  const std::string_view channels = table.field(row, "channels");
  const std::string_view location = table.field(row, "location");
  return (channels.empty() || channels.substr(0, 2) == id.band + id.source) &&
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

/// Event and fold, where the row names them.
Result<void> set_event(Recording& recording, const CsvTable& table, std::size_t row) {
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

Result<CsvTable> open_table(const DatasetFolder& folder, const std::string& file) {
  return CsvTable::read(folder.directory / file);
}

}  // namespace

FolderTables::FolderTables(const DatasetFolder& folder,
                           std::vector<Recording>& recordings,
                           double rate_hz)
    : folder_(folder), recordings_(recordings), rate_hz_(rate_hz), arrivals_(recordings.size()) {
  for (std::size_t i = 0; i < recordings.size(); ++i) {
    Station& station = stations_[recordings[i].instrument.station_id()];
    station.by_start.push_back(i);
    station.longest = std::max(station.longest, length_of(recordings[i], rate_hz));
  }
  for (auto& [id, station] : stations_) {
    std::ranges::stable_sort(
        station.by_start, {}, [&](std::size_t i) { return recordings[i].start; });
  }
}

Result<void> FolderTables::attach(std::size_t& unmatched, const CatalogueTables* catalogue) {
  if (catalogue == nullptr) {
    if (auto read = read_event_tables(); !read) {
      return read;
    }
  } else {
    for (const Result<void>& done : {event_tables_.read_events(catalogue->events),
                                     event_tables_.read_stations(catalogue->stations),
                                     attach_labels(catalogue->labels)}) {
      if (!done) {
        return done;
      }
    }
  }
  if (auto attached = attach_files(); !attached) {
    return attached;
  }
  make_events();
  unmatched += unmatched_;
  return {};
}

Result<void> FolderTables::attach_files() {
  for (const auto& [file, method] : {std::pair{&folder_.labels, &FolderTables::attach_labels},
                                     std::pair{&folder_.uncertain, &FolderTables::attach_doubtful},
                                     std::pair{&folder_.masks, &FolderTables::attach_masks},
                                     std::pair{&folder_.noise, &FolderTables::attach_noise},
                                     std::pair{&folder_.records, &FolderTables::attach_records}}) {
    if (file->empty()) {
      continue;
    }
    const auto table = open_table(folder_, *file);
    if (!table) {
      return tl::unexpected(table.error());
    }
    if (auto attached = (this->*method)(*table); !attached) {
      return attached;
    }
  }
  return {};
}

Result<void> FolderTables::read_event_tables() {
  for (const auto& [file, method] : {std::pair{&folder_.events, &EventTables::read_events},
                                     std::pair{&folder_.stations, &EventTables::read_stations}}) {
    if (file->empty()) {
      continue;
    }
    const auto table = open_table(folder_, *file);
    if (!table) {
      return tl::unexpected(table.error());
    }
    if (auto read = (event_tables_.*method)(*table); !read) {
      return read;
    }
  }
  return {};
}

std::vector<std::size_t> FolderTables::matches(const CsvTable& table,
                                               std::size_t row,
                                               Time from,
                                               Time to) const {
  std::vector<std::size_t> found;
  const auto station = stations_.find(
      {std::string(table.field(row, "network")), std::string(table.field(row, "station"))});
  if (station == stations_.end()) {
    return found;
  }
  const std::vector<std::size_t>& order = station->second.by_start;
  const auto first =
      std::ranges::lower_bound(order, from - station->second.longest, {}, [&](std::size_t i) {
        return recordings_[i].start;
      });
  for (auto at = first; at != order.end() && recordings_[*at].start <= to; ++at) {
    const Recording& recording = recordings_[*at];
    if (recording.start + length_of(recording, rate_hz_) >= from &&
        same_instrument(recording, table, row)) {
      found.push_back(*at);
    }
  }
  return found;
}

Result<void> FolderTables::attach_labels(const CsvTable& table) {
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const auto time = time_of(table, row, "time");
    const auto phases = phases_of(table, row, false);
    const auto facts = read_event_columns(table, row);
    if (!time || !phases || !facts) {
      return tl::unexpected(!time ? time.error() : !phases ? phases.error() : facts.error());
    }
    bool used = false;
    for (const std::size_t i : matches(table, row, *time, *time)) {
      Recording& recording = recordings_[i];
      const double at = samples_from(recording, *time, rate_hz_);
      if (at < 0.0 || at >= static_cast<double>(recording.samples)) {
        continue;
      }
      used = true;
      recording.labels.push_back({phases->front(), at});
      arrivals_[i].push_back({phases->front(), at, std::string(table.field(row, "event")), *facts});
      if (auto set = set_event(recording, table, row); !set) {
        return set;
      }
    }
    unmatched_ += used ? 0 : 1;
  }
  return {};
}

Result<void> FolderTables::attach_doubtful(const CsvTable& table) {
  const double half = kDoubtS * rate_hz_;
  const Duration margin = duration_from_seconds(kDoubtS);
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const auto time = time_of(table, row, "time");
    const auto phases = phases_of(table, row, false);
    if (!time || !phases) {
      return tl::unexpected(!time ? time.error() : phases.error());
    }
    for (const std::size_t i : matches(table, row, *time - margin, *time + margin)) {
      const double at = samples_from(recordings_[i], *time, rate_hz_);
      recordings_[i].masks.push_back({phases->front(), at - half, at + half});
      if (auto set = set_event(recordings_[i], table, row); !set) {
        return set;
      }
    }
  }
  return {};
}

Result<std::pair<Time, Time>> FolderTables::span_of(const CsvTable& table, std::size_t row) const {
  const auto start = time_of(table, row, "start");
  const auto end = time_of(table, row, "end");
  if (!start || !end) {
    return tl::unexpected(!start ? start.error() : end.error());
  }
  return std::pair{*start, *end};
}

Result<void> FolderTables::attach_masks(const CsvTable& table) {
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const auto span = span_of(table, row);
    const auto phases = phases_of(table, row, true);
    if (!span || !phases) {
      return tl::unexpected(!span ? span.error() : phases.error());
    }
    for (const std::size_t i : matches(table, row, span->first, span->second)) {
      Recording& recording = recordings_[i];
      const double begin = std::max(0.0, samples_from(recording, span->first, rate_hz_));
      const double end = std::min(static_cast<double>(recording.samples),
                                  samples_from(recording, span->second, rate_hz_));
      for (const Phase phase : *phases) {
        if (end > begin) {
          recording.masks.push_back({phase, begin, end});
        }
      }
    }
  }
  return {};
}

Result<void> FolderTables::attach_noise(const CsvTable& table) {
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const auto span = span_of(table, row);
    if (!span) {
      return tl::unexpected(span.error());
    }
    for (const std::size_t i : matches(table, row, span->first, span->second)) {
      Recording& recording = recordings_[i];
      const double begin = std::max(0.0, samples_from(recording, span->first, rate_hz_));
      const double end = std::min(static_cast<double>(recording.samples),
                                  samples_from(recording, span->second, rate_hz_));
      if (end > begin) {
        recording.noise.push_back({std::llround(begin), std::llround(end)});
      }
    }
  }
  return {};
}

Result<void> FolderTables::attach_records(const CsvTable& table) {
  for (std::size_t row = 0; row < table.rows(); ++row) {
    for (const std::size_t i : matches(table, row, kEarliest, kLatest)) {
      if (auto set = set_event(recordings_[i], table, row); !set) {
        return set;
      }
    }
  }
  return {};
}

void FolderTables::make_events() {
  for (std::size_t i = 0; i < recordings_.size(); ++i) {
    Recording& recording = recordings_[i];
    std::vector<Arrival>& arrivals = arrivals_[i];
    std::ranges::stable_sort(arrivals, {}, &Arrival::sample);
    for (auto p = arrivals.begin(); p != arrivals.end(); ++p) {
      if (p->phase != Phase::kP) {
        continue;
      }
      EventLabel label = p->facts;
      label.p_sample = p->sample;
      event_tables_.complete(p->event, recording.instrument.station_id(), label);
      if (!recording.oriented) {
        label.back_azimuth_deg.reset();  // no direction in horizontals that point anywhere
      }
      for (auto s = p + 1; s != arrivals.end(); ++s) {
        const bool same_event = !p->event.empty() && s->event == p->event;
        const bool next = p->event.empty() && s->event.empty();
        if (s->phase == Phase::kS && (same_event || next)) {
          label.s_sample = s->sample;
          break;
        }
        if (s->phase == Phase::kP && next) {
          break;
        }
      }
      if (has_scalar(label)) {
        recording.events.push_back(label);
      }
    }
  }
}

}  // namespace geod::trainer
