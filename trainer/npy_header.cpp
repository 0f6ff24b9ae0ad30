#include "trainer/npy_header.hpp"

#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

namespace geod::trainer {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kMaxAxes = 32;

/// The header is a Python dictionary of plain values; what numpy writes has one form, and other
/// writers differ in white space, quotes and a last comma.
class HeaderText {
 public:
  explicit HeaderText(std::string_view text) : rest_(text) {}

  Result<NpyHeader> parse() {
    NpyHeader header;
    unsigned seen = 0;
    if (!take('{')) {
      return damaged("it is no dictionary");
    }
    while (!take('}')) {
      const auto key = quoted();
      if (!key || !take(':')) {
        return damaged("a key is not a text");
      }
      const auto read = value(*key, header);
      if (!read) {
        return tl::unexpected(read.error());
      }
      if ((seen & *read) != 0) {
        return damaged("a key stands twice");
      }
      seen |= *read;
      if (!take(',') && !next_is('}')) {
        return damaged("a comma is missing");
      }
    }
    if (seen != (kType | kOrder | kShape)) {
      return damaged("descr, fortran_order or shape is missing");
    }
    skip_space();
    if (!rest_.empty()) {
      return damaged("something follows the dictionary");
    }
    return header;
  }

 private:
  static constexpr unsigned kType = 1;
  static constexpr unsigned kOrder = 2;
  static constexpr unsigned kShape = 4;

  static tl::unexpected<Error> damaged(const char* what) {
    return fail(Errc::kCorruptRecord, "npy: header: {}", what);
  }

  void skip_space() {
    const std::size_t at = rest_.find_first_not_of(" \t\n");
    rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at);
  }
  bool next_is(char c) {
    skip_space();
    return !rest_.empty() && rest_.front() == c;
  }
  bool take(char c) {
    if (!next_is(c)) {
      return false;
    }
    rest_.remove_prefix(1);
    return true;
  }
  bool take_word(std::string_view word) {
    skip_space();
    if (!rest_.starts_with(word)) {
      return false;
    }
    rest_.remove_prefix(word.size());
    return true;
  }
  std::optional<std::string> quoted() {
    skip_space();
    if (rest_.empty() || (rest_.front() != '\'' && rest_.front() != '"')) {
      return std::nullopt;
    }
    const std::size_t end = rest_.find(rest_.front(), 1);
    if (end == std::string_view::npos) {
      return std::nullopt;
    }
    std::string text(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    return text;
  }

  /// Reads the value of `key`; returns its bit.
  Result<unsigned> value(std::string_view key, NpyHeader& header) {
    if (key == "descr") {
      if (next_is('[')) {
        return fail(Errc::kUnsupported, "npy: records of several fields are not read");
      }
      auto type = quoted();
      if (!type) {
        return damaged("descr is no text");
      }
      header.type = std::move(*type);
      return kType;
    }
    if (key == "fortran_order") {
      header.is_column_major = take_word("True");
      if (!header.is_column_major && !take_word("False")) {
        return damaged("fortran_order is neither True nor False");
      }
      return kOrder;
    }
    if (key == "shape") {
      if (auto read = shape(header.shape); !read) {
        return tl::unexpected(read.error());
      }
      return kShape;
    }
    return damaged("a key is none of descr, fortran_order and shape");
  }

  Result<void> shape(std::vector<std::int64_t>& out) {
    if (!take('(')) {
      return damaged("shape is no tuple");
    }
    std::int64_t values = 1;
    while (!take(')')) {
      skip_space();
      std::int64_t size = -1;
      const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), size);
      if (error != std::errc{} || size < 0 || out.size() == kMaxAxes ||
          (size > 0 && values > kMaxNpyValues / size)) {
        return damaged("shape is not that of an array");
      }
      rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
      values *= size;
      out.push_back(size);
      if (!take(',') && !next_is(')')) {
        return damaged("shape is not that of an array");
      }
    }
    return {};
  }

  std::string_view rest_;
};

}  // namespace

std::int64_t NpyHeader::values() const {
  std::int64_t product = 1;
  for (const std::int64_t size : shape) {
    product *= size;
  }
  return product;
}

Result<NpyHeader> parse_npy_header(std::span<const std::byte> bytes) {
  const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (all.size() < 12 || !all.starts_with(kMagic)) {
    return fail(Errc::kCorruptRecord, "npy: not a NumPy array");
  }
  const auto version = static_cast<unsigned char>(all[6]);
  if (version < 1 || version > 3) {
    return fail(Errc::kUnsupported, "npy: format version {} is not read", version);
  }
  std::uint32_t header_bytes = 0;
  std::memcpy(&header_bytes, all.data() + 8, version == 1 ? 2 : 4);
  const std::size_t begin = version == 1 ? 10 : 12;
  if (header_bytes > kMaxNpyHeaderBytes || begin + header_bytes > all.size()) {
    return fail(Errc::kCorruptRecord, "npy: cut off in its header");
  }
  auto header = HeaderText(all.substr(begin, header_bytes)).parse();
  if (header) {
    header->data_at = begin + header_bytes;
  }
  return header;
}

}  // namespace geod::trainer
