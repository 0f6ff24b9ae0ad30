#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/pick.hpp"
#include "models/mask_events.hpp"
#include "models/segment_settings.hpp"
#include "models/trace_history.hpp"

namespace geod::models {

/// First arrival on a column, in rows of the grid.
struct ColumnArrival {
  std::int64_t column = 0;
  double row = 0.0;
  double sigma_rows = 0.0;
  float probability = 0.0F;
  bool is_refined = false;
};

/// Arrivals of an event, ascending in column.
struct EventArrivals {
  std::array<std::vector<ColumnArrival>, 2> of_phase;  ///< by Phase
};

/// Reads arrivals off the border of an event's mask and the trace behind it.
///
/// * Border: P where the first run of at least kShortestRun rows begins, unless S leads there; S
///   where the stretch with most of it begins (the coda of P looks like S now and then, not for
///   long). A run that was on at the first row of a segment has no begin, and a channel that is
///   dead about the border no arrival.
/// * Refined: the minimum of AIC(k) = k log var(x[0..k)) + (n - k) log var(x[k..n)) (Maeda 1985)
///   within kReach rows of the border, over the trace up to kReach + kMargin rows from it, where
///   the trace is live and its variance grows at least kGrowth times; for S nothing before the P
///   arrival is looked at. Otherwise the border stands.
/// * Outliers: farther from the robust line through the arrivals of kNeighbours columns to each
/// side
///   than kFarScatters times their scatter and kFarRows. A refined one falls back to its border;
///   if that is an outlier, too, the column has no arrival.
/// * Uncertainty: the larger of the manifest's sigma for how it was read and the scatter of its
///   neighbours about their line.
///
/// Pure function of its arguments.
class ArrivalPicker {
 public:
  static constexpr std::int64_t kShortestRun = 5;
  static constexpr std::int64_t kReach = 24;
  static constexpr std::int64_t kMargin = 16;
  static constexpr double kGrowth = 2.0;
  static constexpr std::int64_t kNeighbours = 25;
  static constexpr std::size_t kFewestNeighbours = 8;
  static constexpr double kFarScatters = 4.0;
  static constexpr double kFarRows = 10.0;

  explicit ArrivalPicker(const DasSettings& settings) : settings_(settings) {}

  EventArrivals pick(const MaskEvent& event, const TraceHistory& trace) const;

 private:
  struct Border {
    std::int64_t column = 0;
    std::int64_t row = 0;
    float probability = 0.0F;
  };

  static std::array<std::vector<Border>, 2> borders(const MaskEvent& event);
  std::optional<ColumnArrival> read(const Border& border,
                                    std::int64_t not_before,
                                    std::int64_t decided_row,
                                    const TraceHistory& trace) const;
  std::vector<ColumnArrival> without_outliers(const std::vector<ColumnArrival>& read,
                                              const std::vector<Border>& borders) const;

  DasSettings settings_;
};

}  // namespace geod::models
