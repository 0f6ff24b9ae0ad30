#include "trainer/catalog_windows.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace geod::trainer {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Within this a pick and a label of the same phase are the same arrival.
constexpr Duration kSameArrival = seconds{1};
/// S is not looked for in the first moment of P.
constexpr Duration kAfterP = milliseconds{500};
// Of noise: how far it keeps from picks, and how long it is.
constexpr Duration kBeforePick = seconds{5};
constexpr Duration kAfterPick = seconds{90};
constexpr Duration kLeastEventNoise = seconds{10};
constexpr Duration kLeastNoise = seconds{40};
constexpr Duration kMostNoise = seconds{120};
/// Looked-at spans that are tried for each window of noise that is wanted.
constexpr std::size_t kSpansPerNoise = 4;

bool is_of(const LabelledEvent& event, const CatalogLabel* label) {
  return label >= event.labels.data() && label < event.labels.data() + event.labels.size();
}

bool is_labelled(const std::vector<const CatalogLabel*>& labels, Phase phase, Time time) {
  return std::any_of(labels.begin(), labels.end(), [=](const CatalogLabel* label) {
    const Duration away = label->time > time ? label->time - time : time - label->time;
    return label->phase == phase && away <= kSameArrival;
  });
}

}  // namespace

CatalogWindows::CatalogWindows(const streams::WaveformFolder& waveforms,
                               const StationActivity& activity,
                               const std::vector<LabelledEvent>& events,
                               const std::vector<EventGroup>& groups,
                               CatalogFiles& files,
                               CatalogDatasetReport& report)
    : waveforms_(waveforms),
      activity_(activity),
      events_(events),
      groups_(groups),
      files_(files),
      report_(report) {}

Result<void> CatalogWindows::add_group(const EventGroup& group) {
  const auto picks = activity_.picks(group.span);
  if (!picks) {
    return tl::unexpected(picks.error());
  }
  std::map<StationId, Labels> labels;
  for (const std::size_t event : group.events) {
    for (const CatalogLabel& label : events_[event].labels) {
      labels[label.station].push_back(&label);
    }
  }
  for (const auto& [station, of_station] : labels) {
    const auto seen = picks->find(station);
    auto added =
        add_station(group, station, of_station, seen == picks->end() ? SeenPicks{} : seen->second);
    if (!added) {
      return added;
    }
  }
  for (const std::size_t event : group.events) {
    const Time last = events_[event].last();
    before_group_ = {before_group_.empty() ? last : std::max(before_group_.front(), last)};
  }
  return {};
}

Result<void> CatalogWindows::add_station(const EventGroup& group,
                                         const StationId& station,
                                         const Labels& labels,
                                         const SeenPicks& seen) {
  const auto records = read(station, group.span);
  if (!records) {
    return tl::unexpected(records.error());
  }
  if (!add_labels(group, *records, labels)) {
    return {};
  }
  ++report_.station_windows;
  ++windows_[station];
  add_doubts(group, station, labels, seen);
  add_masks(group, station, labels);
  add_noise_before(group, station, labels, seen);
  return files_.add_event_records(*records);
}

Result<void> CatalogWindows::add_noise() {
  for (const auto& [station, wanted] : windows_) {
    const std::vector<TimeSpan>& spans = activity_.looked_at(station);
    const std::size_t tries = std::min(spans.size(), kSpansPerNoise * wanted);
    std::size_t made = 0;
    for (std::size_t i = 0; i < tries && made < wanted; ++i) {
      // Spread over all of them.
      const auto done = add_noise_of(station, spans[i * spans.size() / tries]);
      if (!done) {
        return tl::unexpected(done.error());
      }
      made += *done ? 1 : 0;
    }
  }
  report_.noise_windows = files_.noise_records();
  return {};
}

Result<StationRecords> CatalogWindows::read(const StationId& station, const TimeSpan& span) const {
  StationRecords records{station, {}};
  for (const SourceId& channel : waveforms_.channels_of(station, span.from, span.to)) {
    auto pieces = waveforms_.read(channel, span.from, span.to);
    if (!pieces) {
      return tl::unexpected(pieces.error());
    }
    if (!pieces->empty()) {
      records.channels.push_back({channel, std::move(*pieces)});
    }
  }
  return records;
}

bool CatalogWindows::add_labels(const EventGroup& group,
                                const StationRecords& records,
                                const Labels& labels) {
  bool any = false;
  for (const CatalogLabel* label : labels) {
    if (!records.holds(label->time)) {
      if (report_.labels_without_waveforms++ == 0) {
        report_.first_without_waveforms = fmt::format("{} {} {}",
                                                      label->station.to_string(),
                                                      to_string(label->phase),
                                                      to_iso(label->time, 2));
      }
      continue;
    }
    files_.add_label(*label, events_[group.events.front()].event_id, group.fold);
    ++(label->phase == Phase::kP ? report_.labels_p : report_.labels_s);
    report_.polarities += label->polarity.empty() ? 0 : 1;
    any = true;
  }
  return any;
}

void CatalogWindows::add_doubts(const EventGroup& group,
                                const StationId& station,
                                const Labels& labels,
                                const SeenPicks& seen) {
  const auto add = [&](Phase phase, Time time) {
    if (!is_labelled(labels, phase, time)) {
      files_.add_doubtful({station, phase, time});
      ++report_.doubtful;
    }
  };
  for (const std::size_t event : group.events) {
    for (const DoubtfulPick& pick : events_[event].doubtful) {
      if (pick.station == station) {
        add(pick.phase, pick.time);
      }
    }
  }
  for (const StationActivity::SeenPick& pick : seen) {
    add(pick.phase, pick.time);
  }
}

void CatalogWindows::add_masks(const EventGroup& group,
                               const StationId& station,
                               const Labels& labels) {
  for (const std::size_t event : group.events) {
    const CatalogLabel* p = nullptr;
    const CatalogLabel* s = nullptr;
    for (const CatalogLabel* label : labels) {
      if (is_of(events_[event], label)) {
        (label->phase == Phase::kP ? p : s) = label;
      }
    }
    if (p != nullptr && s == nullptr) {
      files_.add_mask(station, Phase::kS, {p->time + kAfterP, group.span.to});
    } else if (s != nullptr && p == nullptr) {
      files_.add_mask(station, Phase::kP, {group.span.from, s->time - kAfterP});
    }
  }
}

void CatalogWindows::add_noise_before(const EventGroup& group,
                                      const StationId& station,
                                      const Labels& labels,
                                      const SeenPicks& seen) {
  Time first = labels.front()->time;
  for (const CatalogLabel* label : labels) {
    first = std::min(first, label->time);
  }
  for (const StationActivity::SeenPick& pick : seen) {
    first = std::min(first, pick.time);
  }
  // What came before the group may still ring in its first seconds.
  const TimeSpan before{group.span.from, first - kBeforePick};
  for (const TimeSpan& span :
       quiet_spans(before, before_group_, kBeforePick, kAfterPick, kLeastEventNoise)) {
    if (activity_.was_looked_at(station, span)) {
      files_.add_event_noise(station, span);
    }
  }
}

Result<bool> CatalogWindows::add_noise_of(const StationId& station, const TimeSpan& span) {
  // Picks of before it still ring in it.
  const auto picks = activity_.picks({span.from - kAfterPick, span.to + kBeforePick});
  if (!picks) {
    return tl::unexpected(picks.error());
  }
  std::vector<Time> busy;
  if (const auto found = picks->find(station); found != picks->end()) {
    for (const StationActivity::SeenPick& pick : found->second) {
      busy.push_back(pick.time);
    }
  }
  for (const TimeSpan& quiet : quiet_spans(span, busy, kBeforePick, kAfterPick, kLeastNoise)) {
    const auto window = recorded_part(station, quiet);
    if (!window) {
      return tl::unexpected(window.error());
    }
    if (window->to > window->from) {
      const auto records = read(station, *window);
      if (!records) {
        return tl::unexpected(records.error());
      }
      const auto written = files_.add_noise_records(*records, *window);
      return written ? Result<bool>(true) : tl::unexpected(written.error());
    }
  }
  return false;
}

Result<TimeSpan> CatalogWindows::recorded_part(const StationId& station,
                                               const TimeSpan& quiet) const {
  for (const SourceId& channel : waveforms_.channels_of(station, quiet.from, quiet.to)) {
    if (channel.subsource != "Z") {
      continue;
    }
    const auto pieces = waveforms_.read(channel, quiet.from, quiet.to);
    if (!pieces) {
      return tl::unexpected(pieces.error());
    }
    for (const Waveform& piece : *pieces) {
      const TimeSpan window{piece.start, std::min(piece.end(), piece.start + kMostNoise)};
      if (window.to - window.from >= kLeastNoise && !is_claimed(window)) {
        return window;
      }
    }
  }
  return TimeSpan{};
}

bool CatalogWindows::is_claimed(const TimeSpan& span) const {
  return std::any_of(groups_.begin(), groups_.end(), [&span](const EventGroup& group) {
    return group.span.from < span.to && group.span.to > span.from;
  });
}

}  // namespace geod::trainer
