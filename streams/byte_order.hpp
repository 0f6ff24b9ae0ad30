#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace geod::streams {

enum class ByteOrder : std::uint8_t { kLittle = 0, kBig = 1 };

inline constexpr ByteOrder kHostOrder =
    std::endian::native == std::endian::big ? ByteOrder::kBig : ByteOrder::kLittle;

template <class T>
constexpr T byte_swapped(T value) {
  static_assert(std::is_unsigned_v<T>);
  if constexpr (sizeof(T) == 2) {
    return __builtin_bswap16(value);
  } else if constexpr (sizeof(T) == 4) {
    return __builtin_bswap32(value);
  } else if constexpr (sizeof(T) == 8) {
    return __builtin_bswap64(value);
  } else {
    return value;
  }
}

/// The unsigned integer of type T that stands at `at` in `order`; any alignment. The caller has
/// checked that sizeof(T) bytes are there.
template <class T>
T load(const std::byte* at, ByteOrder order) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return order == kHostOrder ? value : byte_swapped(value);
}

/// Writes `value` to `at` in `order`.
template <class T>
void store(std::byte* at, T value, ByteOrder order) {
  const T ordered = order == kHostOrder ? value : byte_swapped(value);
  std::memcpy(at, &ordered, sizeof(T));
}

}  // namespace geod::streams
