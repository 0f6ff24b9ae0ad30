#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "models/inversion_geometry.hpp"
#include "models/network_host.hpp"

namespace geod::models {

/// The shots of one model of the subsurface as they were recorded: [sources, times, receivers] row
/// major, in the units of the network's bounds of amplitude. The engine normalises them.
struct Shots {
  std::int64_t sources = 0;
  std::int64_t times = 0;
  std::int64_t receivers = 0;
  std::vector<float> amplitudes;
};

/// kModelMismatch when the shots have not the geometry's size or a value that is not finite.
Result<void> check_shots(const Shots& shots, const InversionGeometry& geometry);

/// Velocity maps in metres a second, [N, depths, offsets] row major.
struct VelocityMaps {
  std::vector<float> m_s;
  std::size_t maps = 0;
  std::int64_t depths = 0;
  std::int64_t offsets = 0;

  /// [depths, offsets] of map `n`.
  std::span<const float> map(std::size_t n) const {
    const auto area = static_cast<std::size_t>(depths * offsets);
    return std::span<const float>(m_s).subspan(n * area, area);
  }
};

/// Shots in, velocity maps out. One thread but for prepare(). The map of some shots does not depend
/// on the rest of their batch.
class InversionEngine : public NetworkHost {
 public:
  /// Inverts `batch` (at most max_batch). `out` is reused between calls. Errors of check_shots;
  /// kDevice when the device failed (sticky).
  virtual Result<void> invert(std::span<const Shots* const> batch, VelocityMaps& out) = 0;
};

/// Name of the golden shots below in the manifests of bundles; they are computed where needed.
inline constexpr const char* kGoldenShots = "fronts-shots-1";

/// golden_image() of times x receivers for each source, its columns moved on by the source's share
/// of them, as amplitudes from -16 to 16. The same on every machine. docs/adapters.md.
Shots golden_shots(const InversionGeometry& geometry);

}  // namespace geod::models
