#include "trainer/csv_table.hpp"

#include <algorithm>
#include <utility>

#include "trainer/csv_reader.hpp"

namespace geod::trainer {
namespace {

constexpr std::uintmax_t kMaxBytes = 256ULL << 20U;

}  // namespace

Result<CsvTable> CsvTable::read(const std::filesystem::path& path) {
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(path, error);
  if (!error && bytes > kMaxBytes) {
    return fail(Errc::kUnsupported, "{}: {} bytes, a table may have 256 MiB", path.string(), bytes);
  }
  auto reader = CsvReader::open(path);
  if (!reader) {
    return tl::unexpected(reader.error());
  }
  CsvTable table(path.string(), reader->header());
  while (true) {
    const auto more = reader->next();
    if (!more) {
      return tl::unexpected(more.error());
    }
    if (!*more) {
      return table;
    }
    table.rows_.push_back(reader->fields());
    table.lines_.push_back(reader->line());
  }
}

void CsvTable::add_row(std::vector<std::string> fields) {
  GEOD_CHECK(fields.size() <= header_.size(), "a row has as many fields as the table columns");
  rows_.push_back(std::move(fields));
  lines_.push_back(rows_.size());
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
  auto value = parse_optional_number(field(row, name));
  if (!value) {
    return fail(Errc::kCorruptRecord, "{}: {}: {}", where(row), name, value.error().what);
  }
  return value;
}

std::string CsvTable::where(std::size_t row) const {
  return fmt::format("{}:{}", name_, lines_[row]);
}

}  // namespace geod::trainer
