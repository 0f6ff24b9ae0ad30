#include "streams/crc32c.hpp"

#include <array>

namespace geod::streams {
namespace {

constexpr std::uint32_t kReflectedPolynomial = 0x82F63B78U;
constexpr std::size_t kSlices = 8;
using Tables = std::array<std::array<std::uint32_t, 256>, kSlices>;

/// tables[k][b]: the sum of byte b followed by k zero bytes, so that eight bytes are folded at
/// once.
constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t sum = byte;
    for (int bit = 0; bit < 8; ++bit) {
      sum = (sum & 1U) != 0 ? (sum >> 1U) ^ kReflectedPolynomial : sum >> 1U;
    }
    tables[0][byte] = sum;
  }
  for (std::size_t slice = 1; slice < kSlices; ++slice) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[slice - 1][byte];
      tables[slice][byte] = (before >> 8U) ^ tables[0][before & 0xFFU];
    }
  }
  return tables;
}
constexpr Tables kTables = make_tables();

}  // namespace

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t previous) {
  std::uint32_t sum = ~previous;
  const auto value = [&](std::size_t i) { return static_cast<std::uint32_t>(bytes[i]); };
  while (bytes.size() >= kSlices) {
    const std::uint32_t low = sum ^ (value(0) | value(1) << 8U | value(2) << 16U | value(3) << 24U);
    sum = kTables[7][low & 0xFFU] ^ kTables[6][(low >> 8U) & 0xFFU] ^
          kTables[5][(low >> 16U) & 0xFFU] ^ kTables[4][low >> 24U] ^ kTables[3][value(4)] ^
          kTables[2][value(5)] ^ kTables[1][value(6)] ^ kTables[0][value(7)];
    bytes = bytes.subspan(kSlices);
  }
  for (const std::byte byte : bytes) {
    sum = (sum >> 8U) ^ kTables[0][(sum ^ static_cast<std::uint32_t>(byte)) & 0xFFU];
  }
  return ~sum;
}

}  // namespace geod::streams
