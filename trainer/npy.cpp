#include "trainer/npy.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

namespace geod::trainer {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::int64_t kMaxValues = 64LL << 20;
constexpr std::string_view kMagic = "\x93NUMPY";

/// The text between the quotes that follow 'key':, or what follows it up to the comma or bracket.
std::optional<std::string_view> header_value(std::string_view header, std::string_view key) {
  const std::size_t at = header.find(key);
  if (at == std::string_view::npos) {
    return std::nullopt;
  }
  std::string_view rest = header.substr(at + key.size());
  const std::size_t begin = rest.find_first_not_of(" ':");
  return begin == std::string_view::npos ? std::nullopt : std::optional(rest.substr(begin));
}

Result<std::vector<std::int64_t>> parse_shape(std::string_view text) {
  const std::size_t end = text.find(')');
  if (text.empty() || text.front() != '(' || end == std::string_view::npos) {
    return fail(Errc::kCorruptRecord, "npy: no shape in its header");
  }
  std::vector<std::int64_t> shape;
  std::int64_t values = 1;
  for (std::size_t at = 1; at < end;) {
    at = text.find_first_of("0123456789)", at);
    if (at == end) {
      break;
    }
    std::int64_t size = 0;
    const auto [stop, error] = std::from_chars(text.data() + at, text.data() + end, size);
    if (error != std::errc{} || size < 0 || (size > 0 && values > kMaxValues / size)) {
      return fail(Errc::kCorruptRecord, "npy: its shape is not one of an array in memory");
    }
    values *= size;
    shape.push_back(size);
    at = static_cast<std::size_t>(stop - text.data());
  }
  return shape;
}

template <class T>
void decode(std::span<const std::byte> bytes, std::vector<double>& out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    T value;
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    out[i] = static_cast<double>(value);
  }
}

using Decoder = void (*)(std::span<const std::byte>, std::vector<double>&);
struct Type {
  std::string_view name;
  std::size_t bytes;
  Decoder decoder;
};
constexpr Type kTypes[] = {{"<f8", 8, decode<double>},
                           {"<f4", 4, decode<float>},
                           {"<i8", 8, decode<std::int64_t>},
                           {"<i4", 4, decode<std::int32_t>},
                           {"<i2", 2, decode<std::int16_t>},
                           {"|i1", 1, decode<std::int8_t>},
                           {"<u8", 8, decode<std::uint64_t>},
                           {"<u4", 4, decode<std::uint32_t>},
                           {"<u2", 2, decode<std::uint16_t>},
                           {"|u1", 1, decode<std::uint8_t>}};

/// numpy pads texts with zeros.
std::string decode_text(std::span<const std::byte> bytes, std::size_t width) {
  std::string text;
  for (std::size_t i = 0; i + width <= bytes.size(); i += width) {
    const char c = static_cast<char>(bytes[i]);
    if (c != '\0') {
      text += c;
    }
  }
  return text;
}

}  // namespace

Result<NpyArray> decode_npy(std::span<const std::byte> bytes) {
  const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (all.size() < 12 || !all.starts_with(kMagic)) {
    return fail(Errc::kCorruptRecord, "npy: not a NumPy array");
  }
  const bool first_version = all[6] == 1;
  std::uint32_t header_bytes = 0;
  std::memcpy(&header_bytes, all.data() + 8, first_version ? 2 : 4);
  const std::size_t data_at = (first_version ? 10U : 12U) + std::size_t{header_bytes};
  if (data_at > all.size()) {
    return fail(Errc::kCorruptRecord, "npy: cut off in its header");
  }
  const std::string_view header = all.substr(0, data_at);
  const auto type_text = header_value(header, "'descr'");
  const auto shape_text = header_value(header, "'shape'");
  const auto order_text = header_value(header, "'fortran_order'");
  if (!type_text || !shape_text || !order_text) {
    return fail(Errc::kCorruptRecord, "npy: its header lacks descr, shape or fortran_order");
  }
  auto shape = parse_shape(*shape_text);
  if (!shape) {
    return tl::unexpected(shape.error());
  }
  const bool column_major = order_text->starts_with("True") && shape->size() > 1;
  if (column_major && shape->size() > 2) {
    return fail(Errc::kUnsupported, "npy: column-major arrays of more than two dimensions");
  }
  const std::string_view type = type_text->substr(0, type_text->find('\''));
  NpyArray array;
  array.shape = std::move(*shape);
  std::int64_t values = 1;
  for (const std::int64_t size : array.shape) {
    values *= size;
  }
  const auto data = bytes.subspan(data_at);
  if (type.starts_with("<U") || type.starts_with("|S")) {
    if (values != 1) {
      return fail(Errc::kUnsupported, "npy: lists of texts are not read");
    }
    array.text = decode_text(data, type.starts_with("<U") ? 4 : 1);
    return array;
  }
  const auto found = std::ranges::find(kTypes, type, &Type::name);
  if (found == std::end(kTypes)) {
    return fail(Errc::kUnsupported, "npy: dtype {} is not read", type);
  }
  if (data.size() < static_cast<std::size_t>(values) * found->bytes) {
    return fail(Errc::kCorruptRecord,
                "npy: {} bytes of data are missing",
                static_cast<std::size_t>(values) * found->bytes - data.size());
  }
  array.values.resize(static_cast<std::size_t>(values));
  found->decoder(data, array.values);
  if (column_major) {
    const auto rows = static_cast<std::size_t>(array.shape[0]);
    const auto columns = static_cast<std::size_t>(array.shape[1]);
    std::vector<double> turned(array.values.size());
    for (std::size_t i = 0; i < turned.size(); ++i) {
      turned[i] = array.values[i % columns * rows + i / columns];
    }
    array.values = std::move(turned);
  }
  return array;
}

}  // namespace geod::trainer
