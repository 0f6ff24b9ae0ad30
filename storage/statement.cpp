#include "storage/statement.hpp"

#include <string>

#include <sqlite3.h>

#include "storage/sqlite_error.hpp"

namespace geod::storage {

void Statement::Finalize::operator()(sqlite3_stmt* handle) const {
  sqlite3_finalize(handle);
}

Statement::Statement(sqlite3_stmt* handle, const std::string* file)
    : handle_(handle), file_(file) {}

void Statement::note(int result_code) {
  GEOD_CHECK(result_code != SQLITE_RANGE && result_code != SQLITE_MISUSE,
             "parameter bound to a statement that does not have it or that is running");
  if (result_code != SQLITE_OK && bind_failure_ == SQLITE_OK) {
    bind_failure_ = result_code;
  }
}

void Statement::bind(int index, std::int64_t value) {
  note(sqlite3_bind_int64(handle_.get(), index, value));
}
void Statement::bind(int index, double value) {
  note(sqlite3_bind_double(handle_.get(), index, value));
}
void Statement::bind(int index, std::string_view value) {
  // An empty view may have no data, which SQLite would take for NULL.
  const char* data = value.empty() ? "" : value.data();
  note(sqlite3_bind_text64(handle_.get(), index, data, value.size(), SQLITE_STATIC, SQLITE_UTF8));
}
void Statement::bind(int index, std::span<const std::byte> value) {
  const void* data = value.empty() ? "" : static_cast<const void*>(value.data());  // as above
  note(sqlite3_bind_blob64(handle_.get(), index, data, value.size(), SQLITE_STATIC));
}
void Statement::bind(int index, std::optional<double> value) {
  note(value ? sqlite3_bind_double(handle_.get(), index, *value)
             : sqlite3_bind_null(handle_.get(), index));
}
void Statement::bind(int index, std::optional<std::int64_t> value) {
  note(value ? sqlite3_bind_int64(handle_.get(), index, *value)
             : sqlite3_bind_null(handle_.get(), index));
}
void Statement::bind(int index, std::nullopt_t) {
  note(sqlite3_bind_null(handle_.get(), index));
}

Result<bool> Statement::step() {
  if (bind_failure_ != SQLITE_OK) {
    const int failure = bind_failure_;
    reset();
    return tl::unexpected(sqlite_error(nullptr, failure, *file_));
  }
  const int result_code = sqlite3_step(handle_.get());
  if (result_code == SQLITE_ROW) {
    return true;
  }
  if (result_code == SQLITE_DONE) {
    return false;
  }
  tl::unexpected<Error> error(sqlite_error(sqlite3_db_handle(handle_.get()), result_code, *file_));
  reset();
  return error;
}

Result<void> Statement::run() {
  while (true) {
    const Result<bool> row = step();
    if (!row) {
      return tl::unexpected(row.error());
    }
    if (!*row) {
      reset();
      return {};
    }
  }
}

void Statement::reset() {
  sqlite3_reset(handle_.get());
  bind_failure_ = SQLITE_OK;
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(handle_.get(), column);
}
double Statement::real(int column) const {
  return sqlite3_column_double(handle_.get(), column);
}
std::string_view Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(handle_.get(), column));
  const int size = sqlite3_column_bytes(handle_.get(), column);
  return data == nullptr ? std::string_view{}
                         : std::string_view(data, static_cast<std::size_t>(size));
}
std::span<const std::byte> Statement::blob(int column) const {
  const auto* data = static_cast<const std::byte*>(sqlite3_column_blob(handle_.get(), column));
  const int size = sqlite3_column_bytes(handle_.get(), column);
  return {data, data == nullptr ? 0 : static_cast<std::size_t>(size)};
}
bool Statement::is_null(int column) const {
  return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}

}  // namespace geod::storage
