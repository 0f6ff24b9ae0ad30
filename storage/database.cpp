#include "storage/database.hpp"

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include "storage/migrations.hpp"
#include "storage/sqlite_error.hpp"

namespace geod::storage {
namespace {

constexpr int kBackupPagesAStep = 1024;  // 4 MiB: progress several times a second
constexpr int kIntegrityFindings = 5;

int timeout_ms(Duration timeout) {
  return static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count());
}

/// Called by SQLite after each commit; being set, it also turns automatic checkpoints off.
int note_wal_pages(void* wal_pages, sqlite3*, const char*, int pages) {
  *static_cast<std::int64_t*>(wal_pages) = pages;
  return SQLITE_OK;
}

/// "file:" URI that opens `file` as never changing: no locks, no log, no shared memory.
std::string immutable_uri(const std::filesystem::path& file) {
  std::string uri = "file:";
  for (const char c : std::filesystem::absolute(file).string()) {
    if (c == '?' || c == '#' || c == '%') {
      uri += fmt::format("%{:02x}", static_cast<unsigned char>(c));
    } else {
      uri += c;
    }
  }
  return uri + "?immutable=1";
}

Result<void> sync_folder_of(const std::filesystem::path& file) {
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  const int failure = errno;
  if (descriptor >= 0) {
    ::close(descriptor);
  }
  if (!synced) {
    return fail(
        Errc::kIo, "{}: cannot sync the folder: {}", folder.string(), std::strerror(failure));
  }
  return {};
}

}  // namespace

void Database::Close::operator()(sqlite3* connection) const {
  // _v2 so that a leaked statement cannot keep the log from being folded in later.
  sqlite3_close_v2(connection);
}

tl::unexpected<Error> Database::last_error(int result_code) const {
  return tl::unexpected(sqlite_error(connection_.get(), result_code, *file_));
}

Result<Database> Database::open_file(const std::string& name,
                                     const std::filesystem::path& file,
                                     int flags,
                                     Duration busy_timeout) {
  Database database;
  database.file_ = std::make_unique<const std::string>(file.string());
  database.wal_pages_ = std::make_unique<std::int64_t>(0);
  sqlite3* connection = nullptr;
  const int result_code =
      sqlite3_open_v2(name.c_str(), &connection, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  database.connection_.reset(connection);
  if (result_code != SQLITE_OK) {
    return database.last_error(result_code);
  }
  sqlite3_extended_result_codes(connection, 1);
  sqlite3_busy_timeout(connection, timeout_ms(busy_timeout));
  return database;
}

Result<Database> Database::open_writer(const std::filesystem::path& file,
                                       const WriterSettings& settings) {
  Result<Database> database = open_file(
      file.string(), file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, settings.busy_timeout);
  if (!database) {
    return database;
  }
  // Before anything is changed in a file that may be another program's.
  if (const Result<int> version = schema_version(*database); !version) {
    return tl::unexpected(version.error());
  }
  if (sqlite3_db_readonly(database->connection_.get(), "main") == 1) {
    return fail(
        Errc::kIo, "{}: not writable by this user; change its owner or mode", file.string());
  }
  if (const Result<void> ready = database->set_up_writer(settings); !ready) {
    return tl::unexpected(ready.error());
  }
  if (const Result<void> migrated = migrate(*database); !migrated) {
    return tl::unexpected(migrated.error());
  }
  return database;
}

Result<void> Database::set_up_writer(const WriterSettings& settings) {
  Result<Statement> mode = prepare("PRAGMA journal_mode = WAL");
  if (!mode) {
    return tl::unexpected(mode.error());
  }
  const Result<bool> row = mode->step();
  if (!row) {
    return tl::unexpected(row.error());
  }
  if (!*row || mode->text(0) != "wal") {
    return fail(Errc::kIo,
                "{}: this file system cannot hold a write-ahead log (shared memory is needed); put "
                "the database on a local disk",
                *file_);
  }
  mode->reset();
  // 32 MiB of pages: the tails of picks_by_instrument of several thousand instruments.
  const Result<void> set =
      execute(fmt::format("PRAGMA synchronous = {};"
                          "PRAGMA foreign_keys = ON;"
                          "PRAGMA cache_size = -32768;"
                          "PRAGMA temp_store = MEMORY",
                          settings.synchronous_full ? "FULL" : "NORMAL"));
  if (!set) {
    return set;
  }
  const Result<std::int64_t> page_bytes = query_integer("PRAGMA page_size");
  if (!page_bytes) {
    return tl::unexpected(page_bytes.error());
  }
  page_bytes_ = *page_bytes;
  sqlite3_wal_hook(connection_.get(), note_wal_pages, wal_pages_.get());
  return {};
}

Result<Database> Database::open_reader(const std::filesystem::path& file, Duration busy_timeout) {
  std::error_code failure;
  if (!std::filesystem::exists(file, failure) && !failure) {
    return fail(Errc::kNotFound,
                "{}: no such database; name it with --database or run the daemon once",
                file.string());
  }
  Result<Database> database = open_file(file.string(), file, SQLITE_OPEN_READONLY, busy_timeout);
  Result<int> version = database ? schema_version(*database) : tl::unexpected(database.error());
  // A log-mode database wants its -shm and -wal beside it even for reading. Where they are not
  // there and may not be made (read-only medium, foreign folder), nobody is writing either.
  if (!version && version.error().code == Errc::kIo &&
      !std::filesystem::exists(file.string() + "-wal", failure)) {
    database =
        open_file(immutable_uri(file), file, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, busy_timeout);
    version = database ? schema_version(*database) : tl::unexpected(database.error());
  }
  if (!version) {
    return tl::unexpected(version.error());
  }
  const auto newest = static_cast<int>(migrations().size());
  if (*version != newest) {
    return fail(Errc::kUnsupported,
                "{}: schema version {}, this geod reads version {}; start `geod run` once to bring "
                "it up to date",
                file.string(),
                *version,
                newest);
  }
  if (const Result<void> set = database->execute("PRAGMA temp_store = MEMORY"); !set) {
    return tl::unexpected(set.error());
  }
  return database;
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* handle = nullptr;
  const int result_code = sqlite3_prepare_v3(connection_.get(),
                                             sql.data(),
                                             static_cast<int>(sql.size()),
                                             SQLITE_PREPARE_PERSISTENT,
                                             &handle,
                                             nullptr);
  if (result_code != SQLITE_OK) {
    return last_error(result_code);
  }
  return Statement(handle, file_.get());
}

Result<void> Database::execute(const std::string& sql) {
  const int result_code = sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (result_code != SQLITE_OK) {
    return last_error(result_code);
  }
  return {};
}

Result<std::int64_t> Database::query_integer(std::string_view sql) {
  Result<Statement> statement = prepare(sql);
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  const Result<bool> row = statement->step();
  if (!row) {
    return tl::unexpected(row.error());
  }
  GEOD_CHECK(*row, "query_integer needs a query that gives a row");
  return statement->integer(0);
}

bool Database::in_transaction() const {
  return sqlite3_get_autocommit(connection_.get()) == 0;
}
std::int64_t Database::last_insert_key() const {
  return sqlite3_last_insert_rowid(connection_.get());
}

int Database::rows_changed() const {
  return sqlite3_changes(connection_.get());
}

Result<bool> Database::checkpoint() {
  int pages_in_log = 0;
  int pages_copied = 0;
  const int result_code = sqlite3_wal_checkpoint_v2(
      connection_.get(), "main", SQLITE_CHECKPOINT_PASSIVE, &pages_in_log, &pages_copied);
  if ((result_code & 0xFF) == SQLITE_BUSY) {
    return false;  // another connection is at it
  }
  if (result_code != SQLITE_OK) {
    return last_error(result_code);
  }
  return pages_copied == pages_in_log;
}

Result<void> Database::check_integrity() {
  Result<Statement> check = prepare(fmt::format("PRAGMA integrity_check({})", kIntegrityFindings));
  if (!check) {
    return tl::unexpected(check.error());
  }
  std::string findings;
  Result<bool> row = check->step();
  for (; row && *row; row = check->step()) {
    if (check->text(0) != "ok") {
      findings += findings.empty() ? "" : "; ";
      findings += check->text(0);
    }
  }
  if (!row) {
    return tl::unexpected(row.error());
  }
  if (!findings.empty()) {
    return fail(Errc::kCorruptRecord,
                "{}: {}; restore a backup or start with a new file",
                *file_,
                findings);
  }
  return {};
}

Result<void> Database::copy_pages(sqlite3* target,
                                  const std::string& target_name,
                                  const std::function<bool(int, int)>& progress) {
  sqlite3_backup* backup = sqlite3_backup_init(target, "main", connection_.get(), "main");
  if (backup == nullptr) {
    return tl::unexpected(sqlite_error(target, sqlite3_errcode(target), target_name));
  }
  int result_code = SQLITE_OK;
  bool wanted = true;
  while (result_code == SQLITE_OK && wanted) {
    result_code = sqlite3_backup_step(backup, kBackupPagesAStep);
    const int total = sqlite3_backup_pagecount(backup);
    wanted = !progress || progress(total - sqlite3_backup_remaining(backup), total);
  }
  const int finished = sqlite3_backup_finish(backup);
  if (result_code != SQLITE_DONE && !wanted) {
    return fail(Errc::kCancelled, "{}: backup stopped on request", target_name);
  }
  if (finished != SQLITE_OK) {
    return tl::unexpected(sqlite_error(target, finished, target_name));
  }
  return {};
}

Result<void> Database::backup_to(const std::filesystem::path& target,
                                 const std::function<bool(int, int)>& progress) {
  std::error_code failure;
  if (std::filesystem::exists(target, failure)) {
    return fail(Errc::kIo, "{}: exists already; name a new file", target.string());
  }
  const std::string partial = target.string() + ".partial";
  std::filesystem::remove(partial, failure);
  {
    Result<Database> copy =
        open_file(partial, partial, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, Duration::zero());
    if (!copy) {
      return tl::unexpected(copy.error());
    }
    // One read transaction around all steps: a fixed picture, not restarted by later commits.
    Result<void> copied = execute("BEGIN");
    if (copied) {
      if (const auto pinned = query_integer("SELECT count(*) FROM sqlite_schema"); !pinned) {
        copied = tl::unexpected(pinned.error());
      }
    }
    if (copied) {
      copied = copy_pages(copy->connection_.get(), partial, progress);
    }
    if (in_transaction()) {
      const Result<void> ended = execute("COMMIT");
      copied = copied && !ended ? ended : copied;
    }
    if (!copied) {
      copy = tl::unexpected(copied.error());  // closes the file before it goes
      std::filesystem::remove(partial, failure);
      return copied;
    }
  }
  std::filesystem::rename(partial, target, failure);
  if (failure) {
    return fail(Errc::kIo, "{}: cannot rename {}: {}", target.string(), partial, failure.message());
  }
  return sync_folder_of(target);
}

Result<Transaction> Transaction::begin(Database& database) {
  if (const Result<void> begun = database.execute("BEGIN IMMEDIATE"); !begun) {
    return tl::unexpected(begun.error());
  }
  return Transaction(database);
}

Result<void> Transaction::commit() {
  const Result<void> done = database_->execute("COMMIT");
  if (done) {
    database_ = nullptr;
  }
  return done;
}

Transaction::~Transaction() {
  if (database_ != nullptr && database_->in_transaction()) {
    // A failed rollback leaves nothing behind: SQLite has then rolled back by itself.
    static_cast<void>(database_->execute("ROLLBACK"));
  }
}

}  // namespace geod::storage
