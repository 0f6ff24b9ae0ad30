#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace geod::streams {

/// CRC-32C (Castagnoli, polynomial 0x1EDC6F41, reflected, initial value and final xor all ones),
/// the check sum of miniSEED 3. `previous` is the sum of the bytes before, so that a record can be
/// summed in pieces: crc32c(b, crc32c(a)) == crc32c(ab). Thread: any.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t previous = 0);

}  // namespace geod::streams
