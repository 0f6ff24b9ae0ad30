#include "storage/packed_bytes.hpp"

namespace geod::storage {
namespace {

constexpr unsigned kBits = 7;
constexpr std::uint64_t kLow = 0x7F;
constexpr std::uint64_t kMore = 0x80;

}  // namespace

void PackedWriter::add(std::uint64_t value) {
  for (; value > kLow; value >>= kBits) {
    bytes_.push_back(static_cast<std::byte>((value & kLow) | kMore));
  }
  bytes_.push_back(static_cast<std::byte>(value));
}

void PackedWriter::add_signed(std::int64_t value) {
  const auto bits = static_cast<std::uint64_t>(value);
  add(value < 0 ? ~(bits << 1U) : bits << 1U);
}

std::uint64_t PackedReader::take() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; !bad_ && shift < 64; shift += kBits) {
    if (rest_.empty()) {
      break;
    }
    const auto byte = std::to_integer<std::uint64_t>(rest_.front());
    rest_ = rest_.subspan(1);
    const std::uint64_t bits = byte & kLow;
    if ((bits << shift) >> shift != bits) {
      break;
    }
    value |= bits << shift;
    if ((byte & kMore) == 0) {
      return value;
    }
  }
  bad_ = true;
  return 0;
}

std::int64_t PackedReader::take_signed() {
  const std::uint64_t folded = take();
  const std::uint64_t bits = folded >> 1U;
  return static_cast<std::int64_t>((folded & 1U) != 0 ? ~bits : bits);
}

}  // namespace geod::storage
