#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/fibre_detection.hpp"

namespace geod::storage {

/// Packs the mask and the arrivals of a detection: some bytes a channel instead of a row. The
/// format is described in storage/README.md. What is packed lies relative to this part of the
/// detection's row, so the same must be given to unpack.
struct DetectionExtent {
  Time from;
  Time to;
  std::int64_t first_channel = 0;
  std::int64_t last_channel = 0;
};
DetectionExtent extent_of(const FibreDetection& detection);

/// Uncertainties are kept to the microsecond, probabilities of arrivals to 1/65535.
inline constexpr double kPackedUncertainty_s = 1e-6;
inline constexpr float kPackedProbability = 1.0F / 65535.0F;
/// Farthest that an arrival may lie from the start of its detection, and its longest uncertainty.
inline constexpr Duration kFarthestArrival = std::chrono::hours{24};
inline constexpr double kLongestUncertainty_s = 86400.0;

/// Why the mask, the arrivals or the picks cannot be stored; empty when they can.
std::string why_unstorable(const FibreDetection& detection);

/// Of a detection that why_unstorable() has nothing against.
std::vector<std::byte> pack_mask(const FibreDetection& detection);
/// The arrivals of one phase, the others are passed over; empty when there are none.
std::vector<std::byte> pack_arrivals(const FibreDetection& detection, Phase phase);

/// kCorruptRecord for anything that pack_mask cannot have made.
Result<std::vector<MaskRun>> unpack_mask(std::span<const std::byte> blob,
                                         const DetectionExtent& extent);
/// Appends to `arrivals`. Errors as unpack_mask.
Result<void> unpack_arrivals(std::span<const std::byte> blob,
                             const DetectionExtent& extent,
                             Phase phase,
                             std::vector<FibreArrival>& arrivals);

}  // namespace geod::storage
