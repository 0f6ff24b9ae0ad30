#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.hpp"

namespace geod::trainer {

/// A small CSV file with a header row, held whole. Fields may be quoted ("a, ""b"""). Column names
/// are matched in lower case.
class CsvTable {
 public:
  /// kNotFound when the file is missing, kCorruptRecord naming file and line when a row has more
  /// fields than the header or a quote stays open, kUnsupported above 256 MiB.
  static Result<CsvTable> read(const std::filesystem::path& path);

  /// A table made in memory; `name` stands for the file in messages, rows count from 1.
  CsvTable(std::string name, std::vector<std::string> header)
      : name_(std::move(name)), header_(std::move(header)) {}
  void add_row(std::vector<std::string> fields);

  std::size_t rows() const { return rows_.size(); }

  /// Empty when the column is absent or the row short.
  std::string_view field(std::size_t row, std::string_view name) const;
  /// kCorruptRecord naming file, line and column when it is empty or absent.
  Result<std::string_view> required(std::size_t row, std::string_view name) const;
  /// Nothing when the field is absent or says so (`parse_optional_number`); kCorruptRecord naming
  /// file, line and column when it is not a finite number.
  Result<std::optional<double>> number(std::size_t row, std::string_view name) const;
  /// "labels.csv:12".
  std::string where(std::size_t row) const;

 private:
  std::optional<std::size_t> column(std::string_view name) const;

  std::string name_;
  std::vector<std::string> header_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::size_t> lines_;  ///< line number of each row
};

}  // namespace geod::trainer
