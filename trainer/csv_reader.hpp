#pragma once

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"

namespace geod::trainer {

/// A CSV file with a header row, read row by row. Fields may be quoted ("a, ""b""") and are trimmed
/// of spaces. Column names are matched in lower case.
class CsvReader {
 public:
  /// kNotFound when the file is missing, kCorruptRecord when it has no header row.
  static Result<CsvReader> open(const std::filesystem::path& path);

  /// Goes to the next row that is not blank; false at the end. kCorruptRecord naming file and line
  /// when a row has more fields than the header or a quote stays open.
  Result<bool> next();

  const std::vector<std::string>& header() const { return header_; }
  const std::vector<std::string>& fields() const { return fields_; }
  std::size_t line() const { return line_; }
  std::string where() const;

  /// Position of a column; nothing when the header does not name it.
  std::optional<std::size_t> column(std::string_view name) const;
  /// Of the row; empty when the column is absent or the row short.
  std::string_view field(std::optional<std::size_t> column) const;
  std::string_view field(std::string_view name) const { return field(column(name)); }
  /// Nothing when the field is absent or says so (`parse_optional_number`); kCorruptRecord naming
  /// file, line and column when it is not a finite number.
  Result<std::optional<double>> number(std::string_view name) const;

 private:
  std::string name_;
  std::ifstream file_;
  std::vector<std::string> header_;
  std::vector<std::string> fields_;
  std::string text_;
  std::size_t line_ = 0;
};

/// Nothing for a text that stands for no value: "", "nan", "none", "-" in any case; kCorruptRecord
/// when it is not a finite number.
Result<std::optional<double>> parse_optional_number(std::string_view text);

}  // namespace geod::trainer
