#include "storage/reader.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "storage/blind_hours.hpp"
#include "storage/database.hpp"
#include "storage/estimate_pairs.hpp"
#include "storage/event_reader.hpp"
#include "storage/fibre_places.hpp"
#include "storage/fibre_plans.hpp"
#include "storage/fibre_reader.hpp"
#include "storage/hour_details.hpp"
#include "storage/ordered_scan.hpp"
#include "storage/query_plans.hpp"
#include "storage/row_reader.hpp"
#include "storage/run_log.hpp"

namespace geod::storage {

struct Reader::Impl {
  Impl(Database opened,
       RowReader row_reader,
       FibreReader fibre_reader,
       EventReader event_reader,
       HourDetails hour_reader)
      : database(std::move(opened)),
        reads(std::move(row_reader)),
        fibre_reads(std::move(fibre_reader)),
        event_reads(std::move(event_reader)),
        hour_details(std::move(hour_reader)) {}

  /// What `read` gives, read in one transaction.
  template <class Read>
  auto read_at_once(const Read& read) -> decltype(read());
  /// The next page of `keys`, in the transaction that is open.
  Result<void> fill_page(std::span<const std::int64_t> keys,
                         const EventQuery& query,
                         std::vector<StoredEvent>& page);

  /// Fills pages of at most kPageRows rows of `plans` and gives them to `sink`.
  template <class Row, class Bind, class Read>
  Result<void> read_pages(std::span<const ScanPlan> plans,
                          std::optional<std::size_t> limit,
                          const Bind& bind,
                          const Read& read,
                          const PageSink<Row>& sink);
  template <class Row, class Bind, class Read>
  Result<void> fill_page(std::span<const ScanPlan> plans,
                         std::size_t rows,
                         const Bind& bind,
                         const Read& read,
                         std::optional<ScanPosition>& position,
                         std::vector<Row>& page);

  Database database;
  RowReader reads;  // statements go before the database
  FibreReader fibre_reads;
  EventReader event_reads;
  HourDetails hour_details;
};

Reader::Reader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;
Reader::~Reader() = default;

Result<Reader> Reader::open(const std::filesystem::path& file, Duration busy_timeout) {
  Result<Database> database = Database::open_reader(file, busy_timeout);
  if (!database) {
    return tl::unexpected(database.error());
  }
  Result<RowReader> rows = RowReader::make(*database);
  if (!rows) {
    return tl::unexpected(rows.error());
  }
  Result<FibreReader> fibres = FibreReader::make(*database);
  if (!fibres) {
    return tl::unexpected(fibres.error());
  }
  Result<EventReader> events = EventReader::make(*database);
  if (!events) {
    return tl::unexpected(events.error());
  }
  Result<HourDetails> hours = HourDetails::make(*database);
  if (!hours) {
    return tl::unexpected(hours.error());
  }
  return Reader(std::make_unique<Impl>(std::move(*database),
                                       std::move(*rows),
                                       std::move(*fibres),
                                       std::move(*events),
                                       std::move(*hours)));
}

template <class Read>
auto Reader::Impl::read_at_once(const Read& read) -> decltype(read()) {
  if (const Result<void> begun = database.execute("BEGIN"); !begun) {
    return tl::unexpected(begun.error());
  }
  auto found = read();
  const Result<void> ended = database.execute("COMMIT");
  if (found && !ended) {
    return tl::unexpected(ended.error());
  }
  return found;
}

template <class Row, class Bind, class Read>
Result<void> Reader::Impl::fill_page(std::span<const ScanPlan> plans,
                                     std::size_t rows,
                                     const Bind& bind,
                                     const Read& read,
                                     std::optional<ScanPosition>& position,
                                     std::vector<Row>& page) {
  Result<OrderedScan> scan = OrderedScan::start(database, plans, position, bind);
  if (!scan) {
    return tl::unexpected(scan.error());
  }
  while (page.size() < rows) {
    const Result<const Statement*> next = scan->next();
    if (!next) {
      return tl::unexpected(next.error());
    }
    if (*next == nullptr) {
      return {};
    }
    const ScanPosition at = scan->position();
    Result<Row> row = read(**next, at.plan);
    if (!row) {
      return tl::unexpected(row.error());
    }
    position = at;
    page.push_back(std::move(*row));
  }
  return {};
}

template <class Row, class Bind, class Read>
Result<void> Reader::Impl::read_pages(std::span<const ScanPlan> plans,
                                      std::optional<std::size_t> limit,
                                      const Bind& bind,
                                      const Read& read,
                                      const PageSink<Row>& sink) {
  std::optional<ScanPosition> position;
  std::vector<Row> page;
  while (!limit || *limit > 0) {
    const std::size_t rows = limit ? std::min(*limit, kPageRows) : kPageRows;
    page.clear();
    if (const Result<void> begun = database.execute("BEGIN"); !begun) {
      return begun;
    }
    const Result<void> filled = fill_page(plans, rows, bind, read, position, page);
    const Result<void> ended = database.execute("COMMIT");
    if (!filled || !ended) {
      return filled ? ended : filled;
    }
    if (!page.empty() && !sink(page)) {
      return {};
    }
    if (page.size() < rows) {
      return {};
    }
    if (limit) {
      *limit -= page.size();
    }
  }
  return {};
}

Result<void> Reader::picks(const PickQuery& query, const PageSink<StoredPick>& sink) {
  const Result<ScanPlan> plan = plan_picks(impl_->database, query);
  if (!plan) {
    return tl::unexpected(plan.error());
  }
  const auto bind = [&](Statement& statement) { bind_picks(statement, query); };
  const auto read = [&](const Statement& row, std::size_t) {
    return impl_->reads.pick(row, query.with_estimates && !query.shadow);
  };
  return impl_->read_pages<StoredPick>({&*plan, 1}, query.scope.limit, bind, read, sink);
}

Result<void> Reader::locations(const LocationQuery& query, const PageSink<StoredLocation>& sink) {
  const Result<ScanPlan> plan = plan_locations(impl_->database, query);
  if (!plan) {
    return tl::unexpected(plan.error());
  }
  const auto bind = [](Statement&) {};
  const auto read = [this](const Statement& row, std::size_t) {
    return impl_->reads.location(row);
  };
  return impl_->read_pages<StoredLocation>({&*plan, 1}, query.scope.limit, bind, read, sink);
}

Result<void> Reader::continuity(const ContinuityQuery& query, const PageSink<ContinuityRow>& sink) {
  const Result<ScanPlan> channels = plan_continuity(impl_->database, query);
  const Result<ScanPlan> fibres = plan_fibre_gaps(impl_->database, query);
  if (!channels || !fibres) {
    return tl::unexpected(channels ? fibres.error() : channels.error());
  }
  const auto bind = [&](Statement& statement) { bind_continuity(statement, query); };
  const auto read = [this](const Statement& row, std::size_t plan) {
    return plan == 0 ? impl_->reads.continuity(row) : impl_->fibre_reads.gap(row);
  };
  const std::array plans{*channels, *fibres};
  return impl_->read_pages<ContinuityRow>(plans, query.scope.limit, bind, read, sink);
}

Result<void> Reader::completeness(const CompletenessQuery& query,
                                  const PageSink<CompletenessRow>& sink) {
  const Result<ScanPlan> instruments = plan_completeness(impl_->database, query);
  const Result<ScanPlan> fibres = plan_fibre_completeness(impl_->database, query);
  if (!instruments || !fibres) {
    return tl::unexpected(instruments ? fibres.error() : instruments.error());
  }
  const auto bind = [](Statement&) {};
  const auto read = [this](const Statement& row, std::size_t plan) {
    return plan == 0 ? impl_->reads.completeness(row) : impl_->fibre_reads.completeness(row);
  };
  const std::array plans{*instruments, *fibres};
  Result<void> filled;
  const auto fill = [&](std::span<const CompletenessRow> page) {
    std::vector<CompletenessRow> rows(page.begin(), page.end());
    filled =
        impl_->read_at_once([&] { return impl_->hour_details.fill(rows, impl_->reads.names()); });
    return filled && sink(rows);
  };
  const Result<void> done =
      impl_->read_pages<CompletenessRow>(plans, query.scope.limit, bind, read, fill);
  return done ? filled : done;
}

Result<Blindness> Reader::blindness(const BlindQuery& query) {
  return impl_->read_at_once([&] { return read_blindness(impl_->database, query); });
}

Result<void> Reader::detections(const DetectionQuery& query,
                                const PageSink<StoredDetection>& sink) {
  const Result<ScanPlan> plan = plan_detections(impl_->database, query);
  if (!plan) {
    return tl::unexpected(plan.error());
  }
  const auto bind = [&](Statement& statement) { bind_detections(statement, query); };
  const auto read = [this](const Statement& row, std::size_t) {
    return impl_->fibre_reads.detection(row);
  };
  return impl_->read_pages<StoredDetection>({&*plan, 1}, query.scope.limit, bind, read, sink);
}

Result<StoredDetection> Reader::detection(std::string_view detection_id) {
  return impl_->read_at_once([&] { return impl_->fibre_reads.whole_detection(detection_id); });
}

Result<void> Reader::Impl::fill_page(std::span<const std::int64_t> keys,
                                     const EventQuery& query,
                                     std::vector<StoredEvent>& page) {
  page.clear();
  for (const std::int64_t key : keys.first(std::min(keys.size(), kPageRows))) {
    Result<StoredEvent> event = event_reads.event(key, query, reads);
    if (!event) {
      return tl::unexpected(event.error());
    }
    page.push_back(std::move(*event));
  }
  return {};
}

Result<void> Reader::events(const EventQuery& query, const PageSink<StoredEvent>& sink) {
  std::vector<StoredEvent> page;
  const auto keys = impl_->read_at_once([&]() -> Result<std::vector<std::int64_t>> {
    auto found = impl_->event_reads.find(impl_->database, query);
    const Result<void> filled =
        found ? impl_->fill_page(*found, query, page) : tl::unexpected(found.error());
    return filled ? std::move(found) : tl::unexpected(filled.error());
  });
  if (!keys) {
    return tl::unexpected(keys.error());
  }
  for (std::span<const std::int64_t> rest(*keys); !rest.empty() && sink(page);) {
    rest = rest.subspan(page.size());
    const Result<void> filled =
        impl_->read_at_once([&] { return impl_->fill_page(rest, query, page); });
    if (!filled) {
      return filled;
    }
  }
  return {};
}

Result<std::vector<StoredVersion>> Reader::event_versions(std::string_view event_id) {
  return impl_->read_at_once(
      [&] { return impl_->event_reads.versions(event_id, impl_->reads.names()); });
}

Result<std::vector<StoredVersion>> Reader::versions_after(std::int64_t version_key,
                                                          std::size_t limit) {
  return impl_->read_at_once(
      [&] { return impl_->event_reads.versions_after(version_key, limit, impl_->reads.names()); });
}

Result<std::vector<EventVersion>> Reader::recent_events(Time since) {
  return impl_->read_at_once(
      [&] { return impl_->event_reads.recent(since, impl_->reads.names()); });
}

Result<std::vector<StoredPick>> Reader::picks_after(std::int64_t pick_key, std::size_t limit) {
  return impl_->read_at_once(
      [&] { return impl_->event_reads.arrivals().picks_after(pick_key, limit, impl_->reads); });
}

Result<std::vector<StoredDetection>> Reader::detections_after(std::int64_t detection_key,
                                                              std::size_t limit) {
  return impl_->read_at_once(
      [&] { return impl_->fibre_reads.detections_after(detection_key, limit); });
}

Result<std::vector<StoredReview>> Reader::reviews_after(std::int64_t review_key,
                                                        std::size_t limit) {
  return impl_->read_at_once(
      [&] { return impl_->event_reads.reviews().reviews_after(review_key, limit); });
}

Result<NewestKeys> Reader::newest_keys() {
  return impl_->read_at_once([&]() -> Result<NewestKeys> {
    const auto newest = [&](std::string_view sql) { return impl_->database.query_integer(sql); };
    const auto pick = newest("SELECT ifnull(max(pick_key), 0) FROM picks");
    const auto detection = newest("SELECT ifnull(max(detection_key), 0) FROM detections");
    const auto version = newest("SELECT ifnull(max(version_key), 0) FROM event_versions");
    const auto review = newest("SELECT ifnull(max(review_key), 0) FROM reviews");
    for (const auto* each : {&pick, &detection, &version, &review}) {
      if (!*each) {
        return tl::unexpected(each->error());
      }
    }
    return NewestKeys{*pick, *detection, *version, *review};
  });
}

Result<std::vector<StoredFibrePick>> Reader::fibre_picks_after(std::int64_t detection_key,
                                                               std::size_t limit) {
  return impl_->read_at_once([&] {
    return impl_->event_reads.arrivals().fibre_picks_after(
        detection_key, limit, impl_->reads.names());
  });
}

Result<std::vector<StoredFibrePick>> Reader::fibre_picks_between(Time from, Time to) {
  return impl_->read_at_once([&] {
    return impl_->event_reads.arrivals().fibre_picks_between(from, to, impl_->reads.names());
  });
}

Result<std::vector<FibreGeometryChange>> Reader::fibre_geometries(const std::string& fibre_id) {
  return impl_->fibre_reads.geometries(fibre_id);
}

Result<std::vector<std::string>> Reader::fibre_ids() {
  return read_fibre_ids(impl_->database);
}

Result<std::vector<FibrePlacesChange>> Reader::fibre_places() {
  return read_fibre_places(impl_->database);
}

Result<std::vector<EstimatePair>> Reader::estimate_pairs(const EstimatePairQuery& query) {
  return read_estimate_pairs(impl_->database, query);
}

Result<std::vector<RunRow>> Reader::runs(std::size_t limit) {
  return read_runs(impl_->database, limit);
}

Result<std::vector<AdapterLogRow>> Reader::adapter_log(std::size_t limit) {
  return read_adapter_log(impl_->database, limit);
}

Result<std::vector<StationRow>> Reader::stations(const Scope& scope) {
  return read_stations(impl_->database, scope);
}

}  // namespace geod::storage
