#pragma once

#include <cstddef>
#include <cstdio>
#include <string>
#include <vector>

#include "core/error.hpp"

namespace geod {

enum class OutputFormat {
  kTable,  ///< aligned columns for people
  kCsv,    ///< RFC 4180 with a header row
  kJson,   ///< an array of objects, one object a line
};

/// What the cells of a column are: text may be empty; an empty time or number is unknown, null in
/// JSON. Numbers are right-aligned in tables and unquoted in JSON.
enum class CellKind { kText, kTime, kNumber };

/// One column of a listing. The name is the CSV header and the JSON key.
struct Column {
  std::string name;
  CellKind kind = CellKind::kText;
};

/// Writes rows of any number as they come; holds at most one page of a table, to learn its widths.
class RowWriter {
 public:
  /// `out` is not owned.
  RowWriter(OutputFormat format, std::vector<Column> columns, std::FILE* out);

  /// Cells in the order of the columns.
  void add(const std::vector<std::string>& cells);

  /// Writes what is held back and the end. kIo when `out` took not all of it.
  Result<void> finish();

  std::size_t rows() const { return rows_; }

 private:
  static constexpr std::size_t kHeldRows = 2000;

  void write_table_row(const std::vector<std::string>& cells);
  void write_held_rows();
  void write_csv_header();
  void write_csv_row(const std::vector<std::string>& cells);
  void write_json_row(const std::vector<std::string>& cells);
  void write_buffer();

  const OutputFormat format_;
  const std::vector<Column> columns_;
  std::FILE* const out_;

  std::vector<std::vector<std::string>> held_;
  std::vector<std::size_t> widths_;  // known once held_ was written
  std::string buffer_;
  std::size_t rows_ = 0;
};

}  // namespace geod
