#include "daemon/row_writer.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <nlohmann/json.hpp>

namespace geod {
namespace {

constexpr std::size_t kBufferBytes = 64 << 10;

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) {
    return text;
  }
  std::string quoted = "\"";
  for (const char c : text) {
    quoted += c;
    if (c == '"') {
      quoted += c;
    }
  }
  return quoted + '"';
}

std::string json_string(const std::string& text) {
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
  });
  if (plain) {
    return '"' + text + '"';
  }
  // Text from outside may be anything: bytes that are not UTF-8 are replaced.
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

RowWriter::RowWriter(OutputFormat format, std::vector<Column> columns, std::FILE* out)
    : format_(format), columns_(std::move(columns)), out_(out) {}

void RowWriter::write_buffer() {
  std::fwrite(buffer_.data(), 1, buffer_.size(), out_);
  buffer_.clear();
}

void RowWriter::add(const std::vector<std::string>& cells) {
  GEOD_CHECK(cells.size() == columns_.size(), "a row needs one cell a column");
  switch (format_) {
    case OutputFormat::kTable:
      if (widths_.empty()) {
        held_.push_back(cells);
        if (held_.size() == kHeldRows) {
          write_held_rows();
        }
      } else {
        write_table_row(cells);
      }
      break;
    case OutputFormat::kCsv:
      write_csv_row(cells);
      break;
    case OutputFormat::kJson:
      write_json_row(cells);
      break;
  }
  ++rows_;
  if (buffer_.size() >= kBufferBytes) {
    write_buffer();
  }
}

void RowWriter::write_table_row(const std::vector<std::string>& cells) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string cell = cells[i].empty() ? "-" : cells[i];
    const std::size_t padding = widths_[i] > cell.size() ? widths_[i] - cell.size() : 0;
    buffer_ += i == 0 ? "" : "  ";
    if (columns_[i].kind == CellKind::kNumber) {
      buffer_.append(padding, ' ');
      buffer_ += cell;
    } else {
      buffer_ += cell;
      buffer_.append(i + 1 < cells.size() ? padding : 0, ' ');
    }
  }
  buffer_ += '\n';
}

void RowWriter::write_held_rows() {
  std::vector<std::string> header;
  for (const Column& column : columns_) {
    header.push_back(column.name);
    widths_.push_back(column.name.size());
  }
  for (const auto& cells : held_) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      widths_[i] = std::max(widths_[i], cells[i].size());
    }
  }
  write_table_row(header);
  for (const auto& cells : held_) {
    write_table_row(cells);
  }
  held_.clear();
}

void RowWriter::write_csv_header() {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    buffer_ += (i == 0 ? "" : ",") + columns_[i].name;
  }
  buffer_ += '\n';
}

void RowWriter::write_csv_row(const std::vector<std::string>& cells) {
  if (rows_ == 0) {
    write_csv_header();
  }
  for (std::size_t i = 0; i < cells.size(); ++i) {
    buffer_ += i == 0 ? "" : ",";
    buffer_ += csv_field(cells[i]);
  }
  buffer_ += '\n';
}

void RowWriter::write_json_row(const std::vector<std::string>& cells) {
  buffer_ += rows_ == 0 ? "[\n{" : ",\n{";
  for (std::size_t i = 0; i < cells.size(); ++i) {
    buffer_ += (i == 0 ? "\"" : ",\"") + columns_[i].name + "\":";
    if (columns_[i].kind != CellKind::kText && cells[i].empty()) {
      buffer_ += "null";
    } else if (columns_[i].kind == CellKind::kNumber) {
      buffer_ += cells[i];
    } else {
      buffer_ += json_string(cells[i]);
    }
  }
  buffer_ += '}';
}

Result<void> RowWriter::finish() {
  if (!held_.empty()) {
    write_held_rows();
  }
  if (format_ == OutputFormat::kJson) {
    buffer_ += rows_ == 0 ? "[]\n" : "\n]\n";
  }
  if (format_ == OutputFormat::kCsv && rows_ == 0) {
    write_csv_header();
  }
  write_buffer();
  if (std::fflush(out_) != 0 || std::ferror(out_) != 0) {
    return fail(Errc::kIo, "the output could not be written: {}", std::strerror(errno));
  }
  return {};
}

}  // namespace geod
