#include "storage/reader.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "storage/database.hpp"
#include "storage/names.hpp"
#include "storage/ordered_scan.hpp"
#include "storage/query_plans.hpp"

namespace geod::storage {

struct Reader::Impl {
  Impl(Database opened, Names known) : database(std::move(opened)), names(std::move(known)) {}

  Result<StoredPick> read_pick(const Statement& row);
  Result<ContinuityRow> read_continuity(const Statement& row);
  Result<CompletenessDelta> read_completeness(const Statement& row);

  /// Fills pages of at most kPageRows rows of `plan` and gives them to `sink`.
  template <class Row, class Bind, class Read>
  Result<void> read_pages(const ScanPlan& plan,
                          std::optional<std::size_t> limit,
                          const Bind& bind,
                          const Read& read,
                          const PageSink<Row>& sink);
  template <class Row, class Bind, class Read>
  Result<void> fill_page(const ScanPlan& plan,
                         std::size_t rows,
                         const Bind& bind,
                         const Read& read,
                         std::optional<ScanPosition>& position,
                         std::vector<Row>& page);

  Database database;
  Names names;  // its statements go before the database
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
  Result<Names> names = Names::make(*database);
  if (!names) {
    return tl::unexpected(names.error());
  }
  return Reader(std::make_unique<Impl>(std::move(*database), std::move(*names)));
}

Result<StoredPick> Reader::Impl::read_pick(const Statement& row) {
  const Result<const InstrumentId*> instrument = names.instrument(row.integer(2));
  if (!instrument) {
    return tl::unexpected(instrument.error());
  }
  const Result<const Names::Model*> model = names.model(row.integer(8));
  if (!model) {
    return tl::unexpected(model.error());
  }
  StoredPick stored;
  stored.pick.time = time_from_ns(row.integer(0));
  stored.pick_key = row.integer(1);
  stored.pick.instrument = **instrument;
  stored.pick.phase_hint = row.text(3) == "S" ? Phase::kS : Phase::kP;
  stored.pick.uncertainty_s = row.real(4);
  stored.pick.probability = row.real(5);
  stored.pick.score = row.real(6);
  stored.pick.components = row.text(7);
  stored.pick.model_id = (*model)->model_id;
  stored.pick.model_hash = (*model)->model_hash;
  stored.pick.pick_id = fmt::format("{:016x}", static_cast<std::uint64_t>(row.integer(9)));
  stored.inserted = time_from_ns(row.integer(10));
  stored.run_key = row.integer(11);
  return stored;
}

Result<ContinuityRow> Reader::Impl::read_continuity(const Statement& row) {
  const Result<const SourceId*> channel = names.channel(row.integer(2));
  if (!channel) {
    return tl::unexpected(channel.error());
  }
  return ContinuityRow{**channel,
                       std::string(row.text(4)),
                       time_from_ns(row.integer(0)),
                       time_from_ns(row.integer(3)),
                       std::string(row.text(5))};
}

Result<CompletenessDelta> Reader::Impl::read_completeness(const Statement& row) {
  const Result<const InstrumentId*> instrument = names.instrument(row.integer(2));
  if (!instrument) {
    return tl::unexpected(instrument.error());
  }
  return CompletenessDelta{**instrument,
                           time_from_ns(row.integer(0)),
                           row.real(3),
                           row.real(4),
                           time_from_ns(row.integer(5)),
                           time_from_ns(row.integer(6))};
}

template <class Row, class Bind, class Read>
Result<void> Reader::Impl::fill_page(const ScanPlan& plan,
                                     std::size_t rows,
                                     const Bind& bind,
                                     const Read& read,
                                     std::optional<ScanPosition>& position,
                                     std::vector<Row>& page) {
  Result<OrderedScan> scan = OrderedScan::start(database, plan, position, bind);
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
    Result<Row> row = read(**next);
    if (!row) {
      return tl::unexpected(row.error());
    }
    position = OrderedScan::position(**next);
    page.push_back(std::move(*row));
  }
  return {};
}

template <class Row, class Bind, class Read>
Result<void> Reader::Impl::read_pages(const ScanPlan& plan,
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
    const Result<void> filled = fill_page(plan, rows, bind, read, position, page);
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
  const auto read = [this](const Statement& row) { return impl_->read_pick(row); };
  return impl_->read_pages<StoredPick>(*plan, query.scope.limit, bind, read, sink);
}

Result<void> Reader::continuity(const ContinuityQuery& query, const PageSink<ContinuityRow>& sink) {
  const Result<ScanPlan> plan = plan_continuity(impl_->database, query);
  if (!plan) {
    return tl::unexpected(plan.error());
  }
  const auto bind = [&](Statement& statement) { bind_continuity(statement, query); };
  const auto read = [this](const Statement& row) { return impl_->read_continuity(row); };
  return impl_->read_pages<ContinuityRow>(*plan, query.scope.limit, bind, read, sink);
}

Result<void> Reader::completeness(const CompletenessQuery& query,
                                  const PageSink<CompletenessDelta>& sink) {
  const Result<ScanPlan> plan = plan_completeness(impl_->database, query);
  if (!plan) {
    return tl::unexpected(plan.error());
  }
  const auto bind = [](Statement&) {};
  const auto read = [this](const Statement& row) { return impl_->read_completeness(row); };
  return impl_->read_pages<CompletenessDelta>(*plan, query.scope.limit, bind, read, sink);
}

Result<std::vector<RunRow>> Reader::runs(std::size_t limit) {
  Result<Statement> statement = impl_->database.prepare(
      "SELECT started_ns, stopped_ns, version, config_hash, ifnull(reason, ''), "
      "ifnull(summary_json, '') FROM runs ORDER BY run_key DESC LIMIT ?");
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  statement->bind_all(static_cast<std::int64_t>(limit));
  std::vector<RunRow> runs;
  while (true) {
    const Result<bool> row = statement->step();
    if (!row) {
      return tl::unexpected(row.error());
    }
    if (!*row) {
      return runs;
    }
    RunRow run;
    run.started = time_from_ns(statement->integer(0));
    if (!statement->is_null(1)) {
      run.stopped = time_from_ns(statement->integer(1));
    }
    run.version = statement->text(2);
    run.config_hash = statement->text(3);
    run.reason = statement->text(4);
    run.summary_json = statement->text(5);
    runs.push_back(std::move(run));
  }
}

Result<std::vector<StationRow>> Reader::stations(const Scope& scope) {
  return read_stations(impl_->database, scope);
}

}  // namespace geod::storage
