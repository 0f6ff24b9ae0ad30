#include "trainer/npy.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>
#include <utility>

#include "trainer/npy_header.hpp"

namespace geod::trainer {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::int64_t kMaxValues = 64LL << 20;

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
  auto header = parse_npy_header(bytes);
  if (!header) {
    return tl::unexpected(header.error());
  }
  const std::int64_t values = header->values();
  if (values > kMaxValues) {
    return fail(Errc::kCorruptRecord, "npy: its shape is not one of an array in memory");
  }
  const bool column_major = header->is_column_major && header->shape.size() > 1;
  if (column_major && header->shape.size() > 2) {
    return fail(Errc::kUnsupported, "npy: column-major arrays of more than two dimensions");
  }
  const std::string& type = header->type;
  NpyArray array;
  array.shape = std::move(header->shape);
  const auto data = bytes.subspan(static_cast<std::size_t>(header->data_at));
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
