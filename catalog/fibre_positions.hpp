#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/inventory.hpp"
#include "core/error.hpp"

namespace geod::catalog {

/// Where one channel of a fibre is.
struct FibrePoint {
  std::int64_t channel = 0;  ///< number along the fibre
  Position position;
  bool operator==(const FibrePoint&) const = default;
};

/// Where a fibre lies: a line through known channels, straight and even in between.
/// Thread: immutable once made; any.
class FibrePositions {
 public:
  /// Points ascending in channel, from 0 to 10^9. kConfig when there are fewer than two, they do
  /// not ascend, or one is no place on earth.
  static Result<FibrePositions> make(std::vector<FibrePoint> points);

  /// Nothing before the first and after the last known channel.
  std::optional<Position> at(std::int64_t channel) const;

  /// Channels along the fibre, `spacing_m` (positive) or a little less from one to the next, from
  /// the first to the last; at most 10,000.
  std::vector<FibrePoint> spaced(double spacing_m) const;

  const std::vector<FibrePoint>& points() const { return points_; }
  bool operator==(const FibrePositions&) const = default;

 private:
  std::vector<FibrePoint> points_;
};

/// Reads lines of `channel,latitude,longitude,elevation_m` below a header of these names. Lines
/// that begin with `#` are passed over, elevation may be empty (0). kConfig, naming `name` and
/// line, at the first fault. At most 200,000 lines.
Result<FibrePositions> parse_fibre_positions(std::string_view csv, const std::string& name);

/// The same of a file; also kNotFound and kIo. kConfig when it is larger than 64 MB.
Result<FibrePositions> read_fibre_positions(const std::filesystem::path& path);

}  // namespace geod::catalog
