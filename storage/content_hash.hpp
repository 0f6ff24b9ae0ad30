#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/event.hpp"

namespace geod::storage {

/// 64-bit FNV-1a over values in a fixed order. Each text is followed by its length, each optional
/// by whether it is there, so that no two contents run into one another.
class ContentHash {
 public:
  void add(std::int64_t value) {
    auto bits = static_cast<std::uint64_t>(value);
    for (int byte = 0; byte < 8; ++byte, bits >>= 8U) {
      add_byte(static_cast<unsigned char>(bits & 0xFFU));
    }
  }
  void add(double value) { add(std::bit_cast<std::int64_t>(value == 0.0 ? 0.0 : value)); }
  void add(Time time) { add(std::int64_t{to_ns(time)}); }
  void add(std::string_view text) {
    for (const char c : text) {
      add_byte(static_cast<unsigned char>(c));
    }
    add(static_cast<std::int64_t>(text.size()));
  }
  template <class Value>
  void add(const std::optional<Value>& value) {
    add(std::int64_t{value ? 1 : 0});
    if (value) {
      add(*value);
    }
  }
  template <class... Values>
  void add_all(const Values&... values) {
    (add(values), ...);
  }
  std::int64_t value() const { return static_cast<std::int64_t>(state_); }

 private:
  void add_byte(unsigned char byte) { state_ = (state_ ^ byte) * 1099511628211ULL; }

  std::uint64_t state_ = 1469598103934665603ULL;
};

/// Of all that is stored of it.
std::int64_t content_hash(const EventChange& change);
std::int64_t content_hash(const ReviewedEvent& review);

}  // namespace geod::storage
