#include "adapters/base64.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

static_assert(std::endian::native == std::endian::little, "floats are coded in place");

namespace geod::adapters {
namespace {

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// The value of a digit, or 64.
constexpr std::array<std::uint8_t, 256> kValues = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(64);
  for (std::size_t i = 0; i < kDigits.size(); ++i) {
    values[static_cast<unsigned char>(kDigits[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}();

}  // namespace

std::string to_base64(std::span<const float> values) {
  return to_base64(std::as_bytes(values));
}

std::string to_base64(std::span<const std::byte> bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < count ? std::to_integer<std::uint32_t>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text += k <= count ? kDigits[group >> (18 - 6 * k) & 63U] : '=';
    }
  }
  return text;
}

std::optional<std::vector<float>> floats_from_base64(std::string_view text) {
  if (text.size() % 4 != 0) {
    return std::nullopt;
  }
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
  const std::size_t size = text.size() / 4 * 3 - padding;
  if (size % sizeof(float) != 0) {
    return std::nullopt;
  }
  std::vector<std::uint8_t> bytes;
  bytes.reserve(size + padding);
  for (std::size_t i = 0; i < text.size(); i += 4) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const bool is_padding = i + k >= text.size() - padding;
      const std::uint8_t value = is_padding ? 0 : kValues[static_cast<unsigned char>(text[i + k])];
      if (value > 63) {
        return std::nullopt;
      }
      group = group << 6 | value;
    }
    bytes.insert(bytes.end(),
                 {static_cast<std::uint8_t>(group >> 16 & 255U),
                  static_cast<std::uint8_t>(group >> 8 & 255U),
                  static_cast<std::uint8_t>(group & 255U)});
  }
  for (std::size_t i = size; i < bytes.size(); ++i) {
    if (bytes[i] != 0) {
      return std::nullopt;
    }
  }
  std::vector<float> values(size / sizeof(float));
  std::memcpy(values.data(), bytes.data(), size);
  return values;
}

}  // namespace geod::adapters
