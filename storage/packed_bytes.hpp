#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace geod::storage {

/// Appends whole numbers to bytes: 7 bits a byte, the low ones first, the top bit set on all bytes
/// but the last. Signed numbers are folded, 0 -1 1 -2 2 ... to 0 1 2 3 4 ..., so small ones stay
/// short.
class PackedWriter {
 public:
  void add(std::uint64_t value);
  void add_signed(std::int64_t value);
  std::vector<std::byte> finish() && { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

/// Takes them off again. Reading past the end, or a number of more than 64 bits, makes it bad; then
/// all further numbers are 0.
class PackedReader {
 public:
  explicit PackedReader(std::span<const std::byte> bytes) : rest_(bytes) {}

  std::uint64_t take();
  std::int64_t take_signed();
  bool is_bad() const { return bad_; }
  std::size_t bytes_left() const { return rest_.size(); }

 private:
  std::span<const std::byte> rest_;
  bool bad_ = false;
};

}  // namespace geod::storage
