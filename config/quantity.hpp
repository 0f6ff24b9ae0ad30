#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "core/time.hpp"

namespace geod::config {

/// Reads "512B", "64MiB", "1.5GiB", "8MB" (decimal). The unit is required. kConfig otherwise.
Result<std::uint64_t> parse_bytes(std::string_view text);

/// The shortest form that parse_bytes reads back to the same number: "64MiB".
std::string format_bytes(std::uint64_t bytes);

/// The shortest form that parse_duration (core/time.hpp) reads back to the same time: "15min".
std::string format_duration(Duration duration);

}  // namespace geod::config
