#include "config/quantity.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace geod::config {
namespace {

struct ByteUnit {
  std::string_view name;
  std::uint64_t bytes;
};
constexpr std::array<ByteUnit, 9> kByteUnits{{{"TiB", 1ULL << 40},
                                              {"GiB", 1ULL << 30},
                                              {"MiB", 1ULL << 20},
                                              {"KiB", 1ULL << 10},
                                              {"TB", 1'000'000'000'000},
                                              {"GB", 1'000'000'000},
                                              {"MB", 1'000'000},
                                              {"kB", 1'000},
                                              {"B", 1}}};

/// Doubles are exact to here; nothing in a configuration is larger.
constexpr double kMaxBytes = 9007199254740992.0;

}  // namespace

Result<std::uint64_t> parse_bytes(std::string_view text) {
  double value = 0.0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status == std::errc{} && std::isfinite(value) && value >= 0.0) {
    const std::string_view unit{end, static_cast<std::size_t>(text.data() + text.size() - end)};
    for (const ByteUnit& known : kByteUnits) {
      const double bytes = value * static_cast<double>(known.bytes);
      if (unit == known.name && bytes <= kMaxBytes && bytes == std::floor(bytes)) {
        return static_cast<std::uint64_t>(bytes);
      }
    }
  }
  return fail(Errc::kConfig, "'{}' is not a size; write for example 512KiB, 64MiB or 2GiB", text);
}

std::string format_bytes(std::uint64_t bytes) {
  for (const ByteUnit& unit : kByteUnits) {
    if (bytes != 0 && bytes % unit.bytes == 0) {
      return fmt::format("{}{}", bytes / unit.bytes, unit.name);
    }
  }
  return fmt::format("{}B", bytes);
}

std::string format_duration(Duration duration) {
  struct Unit {
    std::string_view name;
    std::int64_t ns;
  };
  static constexpr std::array<Unit, 7> kUnits{{{"d", 86'400'000'000'000},
                                               {"h", 3'600'000'000'000},
                                               {"min", 60'000'000'000},
                                               {"s", 1'000'000'000},
                                               {"ms", 1'000'000},
                                               {"us", 1'000},
                                               {"ns", 1}}};
  for (const Unit& unit : kUnits) {
    if (duration.count() != 0 && duration.count() % unit.ns == 0) {
      return fmt::format("{}{}", duration.count() / unit.ns, unit.name);
    }
  }
  return "0s";
}

}  // namespace geod::config
