#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/fibre_detection.hpp"
#include "core/fibre_tile.hpp"
#include "models/arrival_picker.hpp"
#include "models/segment_settings.hpp"

namespace geod::models {

/// One pick per aperture and phase: columns are taken together `aperture_m` along the fibre, or
/// kApertureColumns where the spacing is not known, counted from the fibre's begin. Of at least
/// kFewestArrivals: the robust line through them, at the arrival in the middle. Its variance is
/// (median sigma / 2)^2, for what all arrivals have in common, plus scatter^2 / (n / kAlike), as
/// neighbouring channels do not err independently.
inline constexpr double kApertureM = 1000.0;
inline constexpr std::int64_t kApertureColumns = 64;
inline constexpr std::size_t kFewestArrivals = 16;
inline constexpr double kAlike = 8.0;
std::vector<FibrePick> aperture_picks(const EventArrivals& arrivals,
                                      const FibreGrid& grid,
                                      double aperture_m = kApertureM);

/// How an event moves along the fibre.
struct Moveout {
  /// Of the robust line through all arrivals of the first phase that has enough; 0: not known. At
  /// most kFastestMPerS either way.
  double velocity_m_s = 0.0;
  bool is_too_slow = false;  ///< most sections of the fibre see less than `min_velocity_m_s`
  bool is_everywhere_at_once = false;  ///< nearly the whole fibre within kAtOnceRows
  bool has_arrivals = false;           ///< enough to tell
};
inline constexpr double kFastestMPerS = 100'000.0;
inline constexpr double kAtOnceRows = 2.0;
inline constexpr double kNearlyAll = 0.8;
inline constexpr std::int64_t kSectionColumns = 32;
Moveout moveout_of(const EventArrivals& arrivals,
                   const FibreGrid& grid,
                   const DasSettings& settings);

}  // namespace geod::models
