#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace geod::adapters {

/// RFC 4648, with padding.
std::string to_base64(std::span<const std::byte> bytes);
std::string to_base64(std::span<const float> values);

/// float32 little-endian; nothing unless `text` is canonical base64 (padded, no other character, no
/// bits left over) of whole floats.
std::optional<std::vector<float>> floats_from_base64(std::string_view text);

}  // namespace geod::adapters
