#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "core/error.hpp"
#include "core/time.hpp"
#include "storage/statement.hpp"

struct sqlite3;

namespace geod::storage {

/// How a writing connection treats the disk.
struct WriterSettings {
  /// False (SQLite's NORMAL): a killed process loses nothing, a power cut may lose the newest
  /// commits but never damages the file. True (FULL): a power cut loses nothing either.
  bool synchronous_full = false;
  Duration busy_timeout = std::chrono::seconds{5};  ///< longest wait for another writer
};

/// One connection to a geod database. Movable; belongs to one thread at a time.
///
/// Statements made by it must be destroyed before it. The last connection to close folds the
/// write-ahead log into the file and removes it.
class Database {
 public:
  /// Opens for writing, makes the file when there is none, and brings its schema up to date.
  /// kIo: no such folder or no right to write. kCorruptRecord: damaged or not a database.
  /// kUnsupported: another program's database, or a schema newer than this build.
  static Result<Database> open_writer(const std::filesystem::path& file,
                                      const WriterSettings& settings);

  /// Opens for reading beside a running daemon or without one. Never blocks the writer.
  /// kNotFound: no such file. kUnsupported: not geod's, or a schema of another version.
  static Result<Database> open_reader(const std::filesystem::path& file, Duration busy_timeout);

  Result<Statement> prepare(std::string_view sql);
  /// Runs any number of statements without parameters.
  Result<void> execute(const std::string& sql);
  /// The first column of the first row.
  Result<std::int64_t> query_integer(std::string_view sql);

  bool in_transaction() const;
  std::int64_t last_insert_key() const;
  /// Rows that the last INSERT, UPDATE or DELETE touched.
  int rows_changed() const;
  const std::string& file() const { return *file_; }

  /// Pages in the write-ahead log after the newest commit of this connection, and their size.
  std::int64_t wal_pages() const { return *wal_pages_; }
  std::int64_t page_bytes() const { return page_bytes_; }

  /// Copies what is in the write-ahead log into the file as far as readers allow, waiting for
  /// none of them. True when all of it was copied, so that the log starts again from its head.
  Result<bool> checkpoint();

  /// kCorruptRecord with SQLite's first findings.
  Result<void> check_integrity();

  /// Copies the database as it is now to `target`, which must not exist: written beside, synced,
  /// renamed. The writer goes on meanwhile; its log grows until the copy is done.
  /// `progress(done, total)` in pages, may be empty; false stops with kCancelled.
  Result<void> backup_to(const std::filesystem::path& target,
                         const std::function<bool(int, int)>& progress);

 private:
  struct Close {
    void operator()(sqlite3* connection) const;
  };
  Database() = default;

  static Result<Database> open_file(const std::string& name,
                                    const std::filesystem::path& file,
                                    int flags,
                                    Duration busy_timeout);
  Result<void> set_up_writer(const WriterSettings& settings);
  Result<void> copy_pages(sqlite3* target,
                          const std::string& target_name,
                          const std::function<bool(int, int)>& progress);
  tl::unexpected<Error> last_error(int result_code) const;

  std::unique_ptr<const std::string> file_;  // stable addresses: statements and hooks point to them
  std::unique_ptr<std::int64_t> wal_pages_;
  std::unique_ptr<sqlite3, Close> connection_;
  std::int64_t page_bytes_ = 0;
};

/// A write transaction; rolled back unless commit() succeeded. Must not outlive its Database.
class Transaction {
 public:
  /// Takes the write lock at once. kStorageBusy after the busy timeout.
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  Result<void> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace geod::storage
