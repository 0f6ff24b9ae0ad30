#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "core/error.hpp"

struct sqlite3_stmt;

namespace geod::storage {

/// A prepared statement. Belongs to the thread of its Database and must not outlive it.
///
/// Parameters count from 1, columns from 0. Texts and blobs are not copied on binding: they must
/// live until the statement is reset or run.
class Statement {
 public:
  /// An empty statement, to be assigned to. Using it is a programmer error.
  Statement() = default;
  /// Takes over `handle`. `file` names the database in errors and outlives the statement.
  Statement(sqlite3_stmt* handle, const std::string* file);

  void bind(int index, std::int64_t value);
  void bind(int index, double value);
  void bind(int index, std::string_view value);
  void bind(int index, std::span<const std::byte> value);
  void bind(int index, std::optional<double> value);
  void bind(int index, std::optional<std::int64_t> value);
  void bind(int index, std::nullopt_t);

  /// Binds parameters 1, 2, ... in order.
  template <class... Values>
  Statement& bind_all(const Values&... values) {
    int index = 0;
    (bind(++index, values), ...);
    return *this;
  }

  /// True: a row can be read; false: done. After an error the statement is reset.
  Result<bool> step();
  /// Steps to the end and resets; rows are skipped.
  Result<void> run();
  void reset();

  std::int64_t integer(int column) const;
  double real(int column) const;
  /// Valid until the next step or reset.
  std::string_view text(int column) const;
  /// As text.
  std::span<const std::byte> blob(int column) const;
  bool is_null(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* handle) const;
  };
  void note(int result_code);

  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
  const std::string* file_ = nullptr;
  int bind_failure_ = 0;  // first failed bind since the last reset, reported by step
};

}  // namespace geod::storage
