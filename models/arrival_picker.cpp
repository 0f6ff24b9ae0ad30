#include "models/arrival_picker.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "core/fibre_tile.hpp"
#include "models/robust_line.hpp"

namespace geod::models {
namespace {

/// Onset in `x` by AIC: index in [from, to) of the first sample after it, or nullopt where the
/// variance does not grow there.
std::optional<std::size_t> onset_in(const std::vector<double>& x,
                                    std::size_t from,
                                    std::size_t to,
                                    double growth) {
  constexpr std::size_t kFewest = 5;            // samples of either side
  constexpr double kQuantisation = 1.0 / 12.0;  // variance of whole numbers
  std::vector<double> sum(x.size() + 1, 0.0);
  std::vector<double> squares(x.size() + 1, 0.0);
  for (std::size_t i = 0; i < x.size(); ++i) {
    sum[i + 1] = sum[i] + x[i];
    squares[i + 1] = squares[i] + x[i] * x[i];
  }
  const auto variance = [&](std::size_t a, std::size_t b) {
    const auto n = static_cast<double>(b - a);
    const double mean = (sum[b] - sum[a]) / n;
    return std::max(kQuantisation, (squares[b] - squares[a]) / n - mean * mean);
  };
  std::optional<std::size_t> best;
  double least = std::numeric_limits<double>::max();
  for (std::size_t k = std::max(from, kFewest); k < to && k + kFewest <= x.size(); ++k) {
    const double aic = static_cast<double>(k) * std::log(variance(0, k)) +
                       static_cast<double>(x.size() - k) * std::log(variance(k, x.size()));
    if (aic < least) {
      least = aic;
      best = k;
    }
  }
  if (best && variance(*best, x.size()) < growth * variance(0, *best)) {
    return std::nullopt;
  }
  return best;
}

std::size_t index_of(Phase phase) {
  return static_cast<std::size_t>(phase);
}

}  // namespace

/// Where the phases begin, at most once per column each.
std::array<std::vector<ArrivalPicker::Border>, 2> ArrivalPicker::borders(const MaskEvent& event) {
  std::array<std::vector<Border>, 2> all;
  std::vector<Border>& p = all[index_of(Phase::kP)];
  std::vector<Border>& s = all[index_of(Phase::kS)];
  double s_mass = 0.0;  // behind the last of `s`
  for (const ColumnRun& run : event.runs) {
    if (run.to - run.from < kShortestRun) {
      continue;
    }
    const auto probability =
        static_cast<float>(run.probability_sum / static_cast<double>(run.cells));
    const bool is_first_p = p.empty() || p.back().column != run.column;
    if (is_first_p && run.has_onset && !run.begins_as_s) {
      p.push_back({run.column, run.from, probability});
    }
    if (run.s_from < 0 || (!run.has_onset && run.s_from == run.from)) {
      continue;
    }
    const bool is_first_s = s.empty() || s.back().column != run.column;
    if (is_first_s || run.s_mass > s_mass) {
      if (!is_first_s) {
        s.pop_back();
      }
      s.push_back({run.column, run.s_from, probability});
      s_mass = run.s_mass;
    }
  }
  return all;
}

EventArrivals ArrivalPicker::pick(const MaskEvent& event, const TraceHistory& trace) const {
  const auto found = borders(event);
  EventArrivals arrivals;
  for (const Phase phase : {Phase::kP, Phase::kS}) {
    const std::vector<Border>& of_phase = found[index_of(phase)];
    const std::vector<ColumnArrival>& earlier = arrivals.of_phase[index_of(Phase::kP)];
    std::vector<ColumnArrival> read_all;
    std::vector<Border> read_borders;
    for (const Border& border : of_phase) {
      std::int64_t not_before = trace.begin();
      const auto p =
          std::lower_bound(earlier.begin(),
                           earlier.end(),
                           border.column,
                           [](const ColumnArrival& a, std::int64_t c) { return a.column < c; });
      if (phase == Phase::kS && p != earlier.end() && p->column == border.column) {
        not_before = std::max(not_before, static_cast<std::int64_t>(p->row) + kShortestRun);
      }
      if (const auto arrival = read(border, not_before, event.decided_row, trace)) {
        read_all.push_back(*arrival);
        read_borders.push_back(border);
      }
    }
    arrivals.of_phase[index_of(phase)] = without_outliers(read_all, read_borders);
  }
  return arrivals;
}

std::optional<ColumnArrival> ArrivalPicker::read(const Border& border,
                                                 std::int64_t not_before,
                                                 std::int64_t decided_row,
                                                 const TraceHistory& trace) const {
  ColumnArrival arrival{border.column,
                        static_cast<double>(border.row),
                        settings_.sigma_border_samples,
                        border.probability,
                        false};
  const std::int64_t from = std::max(not_before, border.row - kReach - kMargin);
  const std::int64_t to = std::min({decided_row, trace.end(), border.row + kReach + kMargin});
  if (from >= border.row || to <= border.row) {
    return arrival;
  }
  std::vector<double> x;
  for (std::int64_t row = from; row < to; ++row) {
    x.push_back(static_cast<double>(trace.at(row, border.column)));
  }
  if (std::all_of(x.begin(), x.end(), [](double value) { return value == kNoSample; })) {
    return std::nullopt;
  }
  const auto first = static_cast<std::size_t>(std::max(from, border.row - kReach) - from);
  const auto last = static_cast<std::size_t>(std::min(to, border.row + kReach + 1) - from);
  if (const auto onset = onset_in(x, first, last, kGrowth)) {
    arrival.row = static_cast<double>(from + static_cast<std::int64_t>(*onset));
    arrival.sigma_rows = settings_.sigma_refined_samples;
    arrival.is_refined = true;
  }
  return arrival;
}

std::vector<ColumnArrival> ArrivalPicker::without_outliers(
    const std::vector<ColumnArrival>& read, const std::vector<Border>& borders) const {
  std::vector<ColumnArrival> kept;
  std::size_t from = 0;
  std::size_t to = 0;
  for (std::size_t i = 0; i < read.size(); ++i) {
    ColumnArrival arrival = read[i];
    while (read[from].column < arrival.column - kNeighbours) {
      ++from;
    }
    while (to < read.size() && read[to].column <= arrival.column + kNeighbours) {
      ++to;
    }
    std::vector<double> x;
    std::vector<double> y;
    for (std::size_t j = from; j < to; ++j) {
      x.push_back(static_cast<double>(read[j].column - arrival.column));
      y.push_back(read[j].row);
    }
    const auto line = x.size() > kFewestNeighbours ? robust_line(x, y) : std::nullopt;
    if (line) {
      const double far = std::max(kFarRows, kFarScatters * line->scatter);
      if (std::abs(arrival.row - line->at_zero) > far && arrival.is_refined) {
        arrival.row = static_cast<double>(borders[i].row);
        arrival.sigma_rows = settings_.sigma_border_samples;
        arrival.is_refined = false;
      }
      if (std::abs(arrival.row - line->at_zero) > far) {
        continue;
      }
      arrival.sigma_rows = std::max(arrival.sigma_rows, line->scatter);
    }
    kept.push_back(arrival);
  }
  return kept;
}

}  // namespace geod::models
