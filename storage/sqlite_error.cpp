#include "storage/sqlite_error.hpp"

#include <cerrno>
#include <cstring>

#include <sqlite3.h>

namespace geod::storage {
namespace {

/// SQLite says FULL for ENOSPC in a write only; quotas and other calls come as I/O errors.
bool is_out_of_space(int system_errno) {
  return system_errno == ENOSPC || system_errno == EDQUOT;
}

std::string reason(sqlite3* connection, int result_code) {
  const int system_errno = connection == nullptr ? 0 : sqlite3_system_errno(connection);
  std::string text =
      connection == nullptr ? sqlite3_errstr(result_code) : sqlite3_errmsg(connection);
  if (system_errno != 0) {
    text += fmt::format(" ({})", std::strerror(system_errno));
  }
  return text;
}

}  // namespace

Error sqlite_error(sqlite3* connection, int result_code, std::string_view file) {
  const auto make = [&](Errc code, std::string_view remedy) {
    return Error{code, fmt::format("{}: {}; {}", file, reason(connection, result_code), remedy)};
  };
  switch (result_code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return make(Errc::kStorageBusy, "another process holds a lock on the database");
    case SQLITE_FULL:
      return make(Errc::kStorageFull, "free some space, then writing goes on by itself");
    case SQLITE_NOTADB:
      return make(Errc::kCorruptRecord, "the file is no SQLite database; name another file");
    case SQLITE_CORRUPT:
      return make(Errc::kCorruptRecord,
                  "the database is damaged; restore a backup or start with a new file");
    case SQLITE_CANTOPEN:
      return make(Errc::kIo, "check that the folder exists and that this user may write in it");
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return make(Errc::kIo, "check that this user may write the file and its folder");
    case SQLITE_INTERRUPT:
      return make(Errc::kCancelled, "stopped on request");
    default:
      break;
  }
  if (connection != nullptr && is_out_of_space(sqlite3_system_errno(connection))) {
    return make(Errc::kStorageFull, "free some space, then writing goes on by itself");
  }
  return make(Errc::kIo, "see the kernel log and the health of the disk");
}

}  // namespace geod::storage
