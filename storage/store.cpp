#include "storage/store.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "storage/batch_writer.hpp"
#include "storage/database.hpp"
#include "storage/file_lock.hpp"

namespace geod::storage {
namespace {

struct RunStart {
  std::int64_t run_key = 0;
  bool previous_was_cut_off = false;
};

Result<RunStart> begin_run(Database& database, const StoreOptions& options, Time now) {
  Result<Transaction> transaction = Transaction::begin(database);
  if (!transaction) {
    return tl::unexpected(transaction.error());
  }
  const Result<std::int64_t> cut_off = database.query_integer(
      "SELECT ifnull((SELECT stopped_ns IS NULL FROM runs ORDER BY run_key DESC LIMIT 1), 0)");
  if (!cut_off) {
    return tl::unexpected(cut_off.error());
  }
  Result<Statement> insert =
      database.prepare("INSERT INTO runs (started_ns, version, config_hash) VALUES (?, ?, ?)");
  if (!insert) {
    return tl::unexpected(insert.error());
  }
  Result<void> done =
      insert->bind_all(std::int64_t{to_ns(now)}, options.version, options.config_hash).run();
  const RunStart start{database.last_insert_key(), *cut_off != 0};
  if (done) {
    done = transaction->commit();
  }
  if (!done) {
    return tl::unexpected(done.error());
  }
  return start;
}

}  // namespace

StoreOptions StoreOptions::from(const config::StorageConfig& config,
                                const std::filesystem::path& state_directory) {
  StoreOptions options;
  options.file = state_directory / config.database;  // an absolute database replaces it
  options.synchronous_full = config.synchronous == "full";
  options.busy_timeout = config.busy_timeout;
  options.checkpoint_bytes = config.checkpoint_bytes;
  return options;
}

struct Store::Impl {
  Impl(StoreOptions chosen, const Clock& wall, FileLock held, Database opened, RunStart started)
      : options(std::move(chosen)),
        clock(&wall),
        lock(std::move(held)),
        database(std::move(opened)),
        run(started) {}

  Result<void> prepare();
  Result<Committed> commit(const Batch& batch);

  StoreOptions options;
  const Clock* clock;
  FileLock lock;
  Database database;
  RunStart run;

  // Statements go before their database: declared after it.
  std::optional<BatchWriter> writer;
  Statement begin_statement;
  Statement commit_statement;
  Statement rollback_statement;

  bool must_forget = false;  // a transaction was rolled back since the writer remembered keys
  std::uint64_t next_checkpoint_bytes = 0;
};

Result<void> Store::Impl::prepare() {
  Result<BatchWriter> made =
      BatchWriter::make(database, run.run_key, options.min_pick_distance / 2);
  if (!made) {
    return tl::unexpected(made.error());
  }
  writer = std::move(*made);
  const std::pair<Statement*, std::string_view> statements[] = {
      {&begin_statement, "BEGIN IMMEDIATE"},
      {&commit_statement, "COMMIT"},
      {&rollback_statement, "ROLLBACK"},
  };
  for (const auto& [statement, sql] : statements) {
    Result<Statement> prepared = database.prepare(sql);
    if (!prepared) {
      return tl::unexpected(prepared.error());
    }
    *statement = std::move(*prepared);
  }
  next_checkpoint_bytes = options.checkpoint_bytes;
  return {};
}

Result<Committed> Store::Impl::commit(const Batch& batch) {
  if (database.in_transaction()) {  // the rollback after the last failure failed as well
    if (const Result<void> rolled_back = rollback_statement.run(); !rolled_back) {
      return tl::unexpected(rolled_back.error());
    }
  }
  if (must_forget) {
    if (const Result<void> forgotten = writer->forget(); !forgotten) {
      return tl::unexpected(forgotten.error());
    }
    must_forget = false;
  }
  if (const Result<void> begun = begin_statement.run(); !begun) {
    return tl::unexpected(begun.error());
  }
  Result<Committed> committed = writer->write(batch, clock->now());
  if (committed) {
    if (const Result<void> done = commit_statement.run(); !done) {
      committed = tl::unexpected(done.error());
    }
  }
  if (!committed) {
    must_forget = true;
    if (database.in_transaction()) {
      static_cast<void>(rollback_statement.run());  // tried again before the next batch
    }
  }
  return committed;
}

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::Store(Store&&) noexcept = default;
Store& Store::operator=(Store&&) noexcept = default;
Store::~Store() = default;

Result<Store> Store::open(const StoreOptions& options, const Clock& clock) {
  Result<FileLock> lock = FileLock::acquire(options.file.string() + ".lock");
  if (!lock) {
    return tl::unexpected(lock.error());
  }
  Result<Database> database =
      Database::open_writer(options.file, {options.synchronous_full, options.busy_timeout});
  if (!database) {
    return tl::unexpected(database.error());
  }
  const Result<RunStart> run = begin_run(*database, options, clock.now());
  if (!run) {
    return tl::unexpected(run.error());
  }
  auto impl = std::make_unique<Impl>(options, clock, std::move(*lock), std::move(*database), *run);
  if (const Result<void> prepared = impl->prepare(); !prepared) {
    return tl::unexpected(prepared.error());
  }
  return Store(std::move(impl));
}

Result<Committed> Store::commit(const Batch& batch) {
  return impl_->commit(batch);
}

Result<std::optional<std::string>> Store::cursor(const std::string& source) {
  Result<Statement> find = impl_->database.prepare("SELECT position FROM cursors WHERE source = ?");
  if (!find) {
    return tl::unexpected(find.error());
  }
  find->bind_all(source);
  const Result<bool> row = find->step();
  if (!row) {
    return tl::unexpected(row.error());
  }
  return *row ? std::optional<std::string>(find->text(0)) : std::nullopt;
}

Result<void> Store::record_model(const std::string& model_id,
                                 const std::string& model_hash,
                                 const std::string& manifest_json) {
  Result<Statement> upsert = impl_->database.prepare(
      "INSERT INTO models (model_hash, model_id, manifest_json, first_used_ns) "
      "VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET manifest_json = excluded.manifest_json");
  if (!upsert) {
    return tl::unexpected(upsert.error());
  }
  const std::int64_t now_ns = to_ns(impl_->clock->now());
  return upsert->bind_all(model_hash, model_id, manifest_json, now_ns).run();
}

Result<void> Store::record_adapter(const std::string& task,
                                   const std::string& adapter_id,
                                   const std::string& adapter_hash,
                                   const std::string& manifest_json) {
  Result<Statement> upsert = impl_->database.prepare(
      "INSERT INTO adapters (adapter_hash, adapter_id, task, manifest_json, first_used_ns) "
      "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET manifest_json = excluded.manifest_json");
  if (!upsert) {
    return tl::unexpected(upsert.error());
  }
  const std::int64_t now_ns = to_ns(impl_->clock->now());
  return upsert->bind_all(adapter_hash, adapter_id, task, manifest_json, now_ns).run();
}

std::uint64_t Store::log_bytes() const {
  return static_cast<std::uint64_t>(impl_->database.wal_pages() * impl_->database.page_bytes());
}

Result<bool> Store::maintain() {
  if (log_bytes() < impl_->options.checkpoint_bytes) {
    impl_->next_checkpoint_bytes = impl_->options.checkpoint_bytes;  // the log began anew
  }
  if (log_bytes() < impl_->next_checkpoint_bytes) {
    return false;
  }
  const Result<bool> complete = impl_->database.checkpoint();
  // While a reader holds an old picture the log cannot start again: then the next try comes after
  // another share of growth, not after every commit.
  impl_->next_checkpoint_bytes = complete && *complete
                                     ? impl_->options.checkpoint_bytes
                                     : log_bytes() + impl_->options.checkpoint_bytes;
  if (!complete) {
    return complete;
  }
  return true;
}

bool Store::previous_run_was_cut_off() const {
  return impl_->run.previous_was_cut_off;
}

Result<void> Store::close(const std::string& reason, const std::string& summary_json) {
  Result<Transaction> transaction = Transaction::begin(impl_->database);
  if (!transaction) {
    return tl::unexpected(transaction.error());
  }
  Result<Statement> end = impl_->database.prepare(
      "UPDATE runs SET stopped_ns = ?, reason = ?, summary_json = ? WHERE run_key = ?");
  if (!end) {
    return tl::unexpected(end.error());
  }
  const std::int64_t now_ns = to_ns(impl_->clock->now());
  const Result<void> done = end->bind_all(now_ns, reason, summary_json, impl_->run.run_key).run();
  return done ? transaction->commit() : done;
}

}  // namespace geod::storage
