#include "trainer/csv_table.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <fstream>
#include <utility>

namespace geod::trainer {
namespace {

constexpr std::uintmax_t kMaxBytes = 256ULL << 20U;

std::string trimmed(std::string text) {
  const auto blank = [](unsigned char c) { return std::isspace(c) != 0; };
  text.erase(std::find_if_not(text.rbegin(), text.rend(), blank).base(), text.end());
  text.erase(text.begin(), std::find_if_not(text.begin(), text.end(), blank));
  return text;
}

/// False when a quote stays open.
bool split_line(const std::string& line, std::vector<std::string>& fields) {
  fields.clear();
  std::string field;
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted) {
      if (c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
        field += '"';
        ++i;
      } else if (c == '"') {
        quoted = false;
      } else {
        field += c;
      }
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',') {
      fields.push_back(trimmed(std::exchange(field, {})));
    } else {
      field += c;
    }
  }
  fields.push_back(trimmed(std::move(field)));
  return !quoted;
}

}  // namespace

Result<CsvTable> CsvTable::read(const std::filesystem::path& path) {
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(path, error);
  std::ifstream file(path);
  if (error || !file) {
    return fail(Errc::kNotFound, "{}: cannot be opened", path.string());
  }
  if (bytes > kMaxBytes) {
    return fail(Errc::kUnsupported, "{}: {} bytes, a table may have 256 MiB", path.string(), bytes);
  }
  CsvTable table;
  table.name_ = path.string();
  std::string line;
  std::vector<std::string> fields;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    if (trimmed(line).empty()) {
      continue;
    }
    if (!split_line(line, fields)) {
      return fail(Errc::kCorruptRecord, "{}:{}: a quote is not closed", table.name_, number);
    }
    if (table.header_.empty()) {
      for (std::string& name : fields) {
        std::ranges::transform(
            name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      }
      table.header_ = fields;
      continue;
    }
    if (fields.size() > table.header_.size()) {
      return fail(Errc::kCorruptRecord,
                  "{}:{}: {} fields, the header names {}",
                  table.name_,
                  number,
                  fields.size(),
                  table.header_.size());
    }
    table.rows_.push_back(fields);
    table.lines_.push_back(number);
  }
  if (table.header_.empty()) {
    return fail(Errc::kCorruptRecord, "{}: empty, a header row is needed", table.name_);
  }
  return table;
}

std::optional<std::size_t> CsvTable::column(std::string_view name) const {
  const auto found = std::ranges::find(header_, name);
  if (found == header_.end()) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(found - header_.begin());
}

std::string_view CsvTable::field(std::size_t row, std::string_view name) const {
  const std::optional<std::size_t> index = column(name);
  if (!index || *index >= rows_[row].size()) {
    return {};
  }
  return rows_[row][*index];
}

Result<std::string_view> CsvTable::required(std::size_t row, std::string_view name) const {
  const std::string_view value = field(row, name);
  if (value.empty()) {
    return fail(Errc::kCorruptRecord, "{}: column {} is missing or empty", where(row), name);
  }
  return value;
}

Result<std::optional<double>> CsvTable::number(std::size_t row, std::string_view name) const {
  const std::string_view text = field(row, name);
  if (text.empty() || text == "nan" || text == "NaN") {
    return std::nullopt;
  }
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
    return fail(Errc::kCorruptRecord, "{}: {} must be a number, not {}", where(row), name, text);
  }
  return value;
}

std::string CsvTable::where(std::size_t row) const {
  return fmt::format("{}:{}", name_, lines_[row]);
}

}  // namespace geod::trainer
