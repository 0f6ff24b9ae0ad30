#include "models/event_moveout.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>
#include <utility>

#include "models/robust_line.hpp"

namespace geod::models {
namespace {

constexpr std::size_t kFewestInSection = 8;

/// Rows and columns of consecutive arrivals as the robust line wants them.
struct Points {
  std::vector<double> columns;
  std::vector<double> rows;
};

Points points_of(std::span<const ColumnArrival> arrivals) {
  Points points;
  for (const ColumnArrival& each : arrivals) {
    points.columns.push_back(static_cast<double>(each.column));
    points.rows.push_back(each.row);
  }
  return points;
}

/// Consecutive arrivals whose column / `width` is the same.
template <class Visit>
void for_each_section(std::span<const ColumnArrival> arrivals, std::int64_t width, Visit visit) {
  for (std::size_t from = 0; from < arrivals.size();) {
    std::size_t to = from;
    const std::int64_t section = arrivals[from].column / width;
    while (to < arrivals.size() && arrivals[to].column / width == section) {
      ++to;
    }
    visit(arrivals.subspan(from, to - from));
    from = to;
  }
}

Time time_of_row(double row, const SampleRate& rate) {
  const double whole = std::floor(row);
  return Time{rate.span_of(static_cast<std::int64_t>(whole)) +
              duration_from_seconds((row - whole) / rate.hz())};
}

std::int64_t aperture_columns(const FibreGrid& grid, double aperture_m) {
  if (!(grid.column_spacing_m > 0.0)) {
    return kApertureColumns;
  }
  return std::max<std::int64_t>(1, std::llround(aperture_m / grid.column_spacing_m));
}

FibrePick pick_of(std::span<const ColumnArrival> aperture, Phase phase, const FibreGrid& grid) {
  const Points points = points_of(aperture);
  const RobustLine line = *robust_line(points.columns, points.rows);
  std::vector<double> sigmas;
  double probability = 0.0;
  for (const ColumnArrival& each : aperture) {
    sigmas.push_back(each.sigma_rows);
    probability += static_cast<double>(each.probability);
  }
  const auto count = static_cast<double>(aperture.size());
  const double common = median_of(std::move(sigmas)) / 2.0;
  const double own = line.scatter / std::sqrt(std::max(1.0, count / kAlike));
  const std::int64_t middle = aperture[aperture.size() / 2].column;
  FibrePick pick;
  pick.channel = grid.channel_number(middle);
  pick.first_channel = grid.channel_number(aperture.front().column);
  pick.last_channel = grid.channel_number(aperture.back().column);
  pick.arrivals = static_cast<int>(aperture.size());
  pick.phase_hint = phase;
  pick.time = time_of_row(line.at(static_cast<double>(middle)), grid.rate);
  pick.uncertainty_s = std::hypot(common, own) / grid.rate.hz();
  pick.probability = probability / count;
  return pick;
}

/// Rows per column at most sections of the event: the median over them of the slope's size.
std::optional<double> usual_slope(std::span<const ColumnArrival> arrivals) {
  std::vector<double> slopes;
  for_each_section(arrivals, kSectionColumns, [&](std::span<const ColumnArrival> section) {
    const Points points = points_of(section);
    const auto line = section.size() >= kFewestInSection ? robust_line(points.columns, points.rows)
                                                         : std::nullopt;
    if (line) {
      slopes.push_back(std::abs(line->slope));
    }
  });
  return slopes.empty() ? std::nullopt : std::optional(median_of(std::move(slopes)));
}

/// Rows within which four fifths of the arrivals lie.
double spread_of(std::span<const ColumnArrival> arrivals) {
  std::vector<double> rows = points_of(arrivals).rows;
  std::sort(rows.begin(), rows.end());
  return rows[rows.size() * 9 / 10] - rows[rows.size() / 10];
}

}  // namespace

std::vector<FibrePick> aperture_picks(const EventArrivals& arrivals,
                                      const FibreGrid& grid,
                                      double aperture_m) {
  std::vector<FibrePick> picks;
  for (const Phase phase : {Phase::kP, Phase::kS}) {
    for_each_section(arrivals.of_phase[static_cast<std::size_t>(phase)],
                     aperture_columns(grid, aperture_m),
                     [&](std::span<const ColumnArrival> aperture) {
                       if (aperture.size() >= kFewestArrivals) {
                         picks.push_back(pick_of(aperture, phase, grid));
                       }
                     });
  }
  return picks;
}

Moveout moveout_of(const EventArrivals& arrivals,
                   const FibreGrid& grid,
                   const DasSettings& settings) {
  Moveout moveout;
  const std::size_t enough =
      std::max(kFewestInSection,
               static_cast<std::size_t>(std::min(settings.min_channels, grid.columns)) / 4);
  for (const std::vector<ColumnArrival>& all : arrivals.of_phase) {
    const auto slope = all.size() >= enough ? usual_slope(all) : std::nullopt;
    if (!slope) {
      continue;
    }
    moveout.has_arrivals = true;
    const std::int64_t extent = all.back().column - all.front().column + 1;
    moveout.is_everywhere_at_once =
        static_cast<double>(extent) >= kNearlyAll * static_cast<double>(grid.columns) &&
        spread_of(all) <= kAtOnceRows;
    const double spacing = grid.column_spacing_m;
    if (!(spacing > 0.0)) {
      return moveout;
    }
    const double rows_per_s = grid.rate.hz();
    moveout.is_too_slow = *slope * settings.min_velocity_m_s > spacing * rows_per_s;
    const Points points = points_of(all);
    const double slope_along = robust_line(points.columns, points.rows)->slope;
    const double fastest = spacing * rows_per_s / kFastestMPerS;  // as rows per column
    moveout.velocity_m_s = std::abs(slope_along) <= fastest
                               ? std::copysign(kFastestMPerS, slope_along)
                               : spacing * rows_per_s / slope_along;
    return moveout;
  }
  return moveout;
}

}  // namespace geod::models
