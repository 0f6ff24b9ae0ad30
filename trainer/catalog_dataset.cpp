#include "trainer/catalog_dataset.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "trainer/catalog_files.hpp"
#include "trainer/catalog_windows.hpp"
#include "trainer/event_groups.hpp"
#include "trainer/station_activity.hpp"

namespace geod::trainer {
namespace {

Result<std::vector<storage::StoredEvent>> read_events(storage::Reader& reader,
                                                      const CatalogDatasetOptions& options) {
  storage::EventQuery query;
  query.from = options.from;
  query.to = options.to;
  query.reviewed_only = !options.with_automatic;
  query.with_arrivals = true;
  query.with_withdrawn = true;  // to count what people say does not exist
  std::vector<storage::StoredEvent> events;
  const auto read = reader.events(query, [&events](std::span<const storage::StoredEvent> page) {
    events.insert(events.end(), page.begin(), page.end());
    return true;
  });
  return read ? Result<std::vector<storage::StoredEvent>>(std::move(events))
              : tl::unexpected(read.error());
}

std::string labels_by(const std::vector<storage::StoredEvent>& events, bool with_automatic) {
  std::set<std::string> agencies;
  for (const storage::StoredEvent& event : events) {
    if (!event.reviewed.empty() && !event.reviewed.front().agency.empty()) {
      agencies.insert(event.reviewed.front().agency);
    }
  }
  std::string text = "analysts";
  for (const std::string& agency : agencies) {
    text += (agency == *agencies.begin() ? " of " : ", ") + agency;
  }
  return with_automatic ? text + "; geod, final events of class A and B" : text;
}

Error no_labels(const LabelCounts& counts, bool with_automatic) {
  std::string why = fmt::format(
      "the catalogue has no reviewed picks to learn from: {} reviewed events have no P or S pick "
      "that a human made, {} were reviewed as not existing",
      counts.without_picks,
      counts.no_earthquake);
  why += with_automatic
             ? fmt::format(", {} automatic events are not final or worse than class B",
                           counts.not_trusted)
             : "; bring in reviewed QuakeML with geod catalog import, or take automatic events as "
               "well with --with-automatic";
  return {Errc::kNotFound, why};
}

}  // namespace

std::vector<std::string> described(const CatalogDatasetReport& report) {
  std::vector<std::string> lines{
      fmt::format("{} P and {} S labels ({} polarities) of {} reviewed and {} automatic events in "
                  "{} windows of stations, {} doubtful picks, {} windows of noise",
                  report.labels_p,
                  report.labels_s,
                  report.polarities,
                  report.events.reviewed,
                  report.events.automatic,
                  report.station_windows,
                  report.doubtful,
                  report.noise_windows)};
  if (report.labels_without_waveforms > 0) {
    lines.push_back(fmt::format("{} labels have no waveforms, the first: {}",
                                report.labels_without_waveforms,
                                report.first_without_waveforms));
  }
  if (report.events.without_picks + report.events.no_earthquake > 0) {
    lines.push_back(fmt::format(
        "left out: {} reviewed events without picks of a human, {} that are no earthquake",
        report.events.without_picks,
        report.events.no_earthquake));
  }
  return lines;
}

Result<CatalogDatasetReport> write_catalog_dataset(storage::Reader& reader,
                                                   const streams::WaveformFolder& waveforms,
                                                   const CatalogDatasetOptions& options,
                                                   const CatalogProgress& progress) {
  const auto stations = reader.stations({});
  const auto stored = read_events(reader, options);
  if (!stations || !stored) {
    return tl::unexpected(!stations ? stations.error() : stored.error());
  }
  CatalogDatasetReport report;
  const std::vector<LabelledEvent> events =
      catalog_labels(*stored, StationPlaces(*stations), options.with_automatic, report.events);
  if (events.empty()) {
    return tl::unexpected(no_labels(report.events, options.with_automatic));
  }
  const std::vector<EventGroup> groups = group_events(events, kBeforeLabels, kAfterLabels);
  report.groups = groups.size();
  const auto activity =
      StationActivity::read(reader, {groups.front().span.from, groups.back().span.to});
  auto files = CatalogFiles::create(options.folder);
  if (!activity || !files) {
    return tl::unexpected(!activity ? activity.error() : files.error());
  }
  CatalogWindows maker(waveforms, *activity, events, groups, *files, report);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (auto added = maker.add_group(groups[i]); !added) {
      return tl::unexpected(added.error());
    }
    progress(i + 1, groups.size());
  }
  if (report.station_windows == 0) {
    return fail(Errc::kNotFound,
                "none of the {} reviewed picks has waveforms, the first: {}; keep waveforms with "
                "storage.waveforms, or name an archive with --waveforms",
                report.labels_without_waveforms,
                report.first_without_waveforms);
  }
  if (auto added = maker.add_noise(); !added) {
    return tl::unexpected(added.error());
  }
  const auto finished = files->finish(labels_by(*stored, options.with_automatic));
  return finished ? Result<CatalogDatasetReport>(report) : tl::unexpected(finished.error());
}

}  // namespace geod::trainer
