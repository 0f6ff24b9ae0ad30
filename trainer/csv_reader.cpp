#include "trainer/csv_reader.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <utility>

namespace geod::trainer {
namespace {

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

bool is_blank(std::string_view line) {
  return std::ranges::all_of(line, [](unsigned char c) { return std::isspace(c) != 0; });
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(
      out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

}  // namespace

Result<CsvReader> CsvReader::open(const std::filesystem::path& path) {
  CsvReader reader;
  reader.name_ = path.string();
  reader.file_.open(path);
  if (!reader.file_) {
    return fail(Errc::kNotFound, "{}: cannot be opened", path.string());
  }
  const auto first = reader.next();
  if (!first) {
    return tl::unexpected(first.error());
  }
  if (!*first) {
    return fail(Errc::kCorruptRecord, "{}: empty, a header row is needed", path.string());
  }
  for (const std::string& name : reader.fields_) {
    reader.header_.push_back(lower(name));
  }
  return reader;
}

Result<bool> CsvReader::next() {
  do {
    if (!std::getline(file_, text_)) {
      return false;
    }
    ++line_;
  } while (is_blank(text_));
  if (!split_line(text_, fields_)) {
    return fail(Errc::kCorruptRecord, "{}: a quote is not closed", where());
  }
  if (!header_.empty() && fields_.size() > header_.size()) {
    return fail(Errc::kCorruptRecord,
                "{}: {} fields, the header names {}",
                where(),
                fields_.size(),
                header_.size());
  }
  return true;
}

std::string CsvReader::where() const {
  return fmt::format("{}:{}", name_, line_);
}

std::optional<std::size_t> CsvReader::column(std::string_view name) const {
  const auto found = std::ranges::find(header_, name);
  if (found == header_.end()) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(found - header_.begin());
}

std::string_view CsvReader::field(std::optional<std::size_t> column) const {
  return column && *column < fields_.size() ? std::string_view(fields_[*column])
                                            : std::string_view();
}

Result<std::optional<double>> CsvReader::number(std::string_view name) const {
  auto value = parse_optional_number(field(name));
  if (!value) {
    return fail(Errc::kCorruptRecord, "{}: {}: {}", where(), name, value.error().what);
  }
  return value;
}

Result<std::optional<double>> parse_optional_number(std::string_view text) {
  const std::string word = lower(text);
  if (word.empty() || word == "nan" || word == "none" || word == "-") {
    return std::nullopt;
  }
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
    return fail(Errc::kCorruptRecord, "must be a number, not {}", text);
  }
  return value;
}

}  // namespace geod::trainer
