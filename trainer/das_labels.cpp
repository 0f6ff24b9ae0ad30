#include "trainer/das_labels.hpp"

#include <algorithm>
#include <cmath>

namespace geod::trainer {
namespace {

constexpr double kStandsOut = 0.8;
constexpr double kStillThere = 0.7;
/// Where a wave is looked for after its onset, and over what its magnitude is averaged: shares of
/// the rows of a tile.
constexpr double kLookShare = 0.12;
constexpr double kMeanShare = 0.02;
constexpr double kSureShare = 0.2;
constexpr std::int64_t kMeanChannels = 6;
constexpr std::size_t kNeighbours = 10;

/// Whether the magnitude reaches `level` on one channel within [from, to).
bool reaches(const FibreField& magnitude,
             std::int64_t column,
             std::int64_t from,
             std::int64_t to,
             double level) {
  for (std::int64_t row = from; row < to; ++row) {
    if (static_cast<double>(magnitude.at(row, column)) >= level) {
      return true;
    }
  }
  return false;
}

/// Replaces every value of a channel that sees the phase by the median of its neighbours that do.
std::vector<double> median_of_seen(std::span<const double> values,
                                   const std::vector<bool>& is_seen) {
  std::vector<double> out(values.begin(), values.end());
  std::vector<double> window;
  for (std::size_t i = 0; i < values.size(); ++i) {
    window.clear();
    const std::size_t to = std::min(values.size(), i + kNeighbours + 1);
    for (std::size_t k = i > kNeighbours ? i - kNeighbours : 0; k < to; ++k) {
      if (is_seen[k]) {
        window.push_back(values[k]);
      }
    }
    if (!window.empty()) {
      const auto middle = window.begin() + static_cast<std::ptrdiff_t>(window.size() / 2);
      std::nth_element(window.begin(), middle, window.end());
      out[i] = *middle;
    }
  }
  return out;
}

}  // namespace

std::vector<double> running_median(std::span<const double> values, std::size_t reach) {
  std::vector<double> out;
  std::vector<double> window;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t from = i > reach ? i - reach : 0;
    const std::size_t to = std::min(values.size(), i + reach + 1);
    window.assign(values.begin() + static_cast<std::ptrdiff_t>(from),
                  values.begin() + static_cast<std::ptrdiff_t>(to));
    const auto middle = window.begin() + static_cast<std::ptrdiff_t>(window.size() / 2);
    std::nth_element(window.begin(), middle, window.end());
    out.push_back(*middle);
  }
  return out;
}

PhaseExtent phase_extent(std::span<const double> onset_row,
                         const FibreField& signal,
                         std::span<const double> noise_deviation,
                         std::int64_t tile_rows) {
  const auto share = [&](double part) {
    return std::max<std::int64_t>(2, std::llround(part * static_cast<double>(tile_rows)));
  };
  const auto columns = static_cast<std::size_t>(signal.columns);
  const FibreField magnitude = smoothed_magnitude(signal, share(kMeanShare), kMeanChannels);
  const auto noise = running_median(noise_deviation, kNeighbours);
  PhaseExtent extent;
  std::vector<bool> is_seen;
  std::vector<double> seen(columns, 0.0);
  std::vector<double> length(columns, 0.0);
  for (std::size_t c = 0; c < columns; ++c) {
    const auto column = static_cast<std::int64_t>(c);
    const auto onset = std::clamp(
        static_cast<std::int64_t>(std::ceil(onset_row[c])), std::int64_t{0}, signal.rows);
    const std::int64_t look_end = std::min(signal.rows, onset + share(kLookShare));
    is_seen.push_back(reaches(magnitude, column, onset, look_end, kStandsOut * noise[c]));
    seen[c] = is_seen[c] ? 1.0 : 0.0;
    std::int64_t end = signal.rows;
    while (end > onset &&
           static_cast<double>(magnitude.at(end - 1, column)) < kStillThere * noise[c]) {
      --end;
    }
    extent.from.push_back(onset);
    length[c] = static_cast<double>(end - onset);
  }
  const auto most_see = running_median(seen, kNeighbours);
  const auto lengths = median_of_seen(length, is_seen);
  for (std::size_t c = 0; c < columns; ++c) {
    const std::int64_t band_end = std::min(signal.rows, extent.from[c] + share(kSureShare));
    if (most_see[c] > 0.0) {
      const std::int64_t coda_end = extent.from[c] + static_cast<std::int64_t>(lengths[c]);
      extent.sure_to.push_back(band_end);
      extent.to.push_back(std::clamp(coda_end, band_end, signal.rows));
    } else {
      extent.sure_to.push_back(extent.from[c]);
      extent.to.push_back(band_end);
    }
  }
  return extent;
}

void end_before(const PhaseExtent& s, PhaseExtent& p) {
  for (std::size_t c = 0; c < p.to.size(); ++c) {
    if (s.sure_to[c] > s.from[c]) {
      const std::int64_t end = std::max(p.from[c], s.from[c]);
      p.sure_to[c] = std::min(p.sure_to[c], end);
      p.to[c] = std::min(p.to[c], end);
    }
  }
}

void write_label(const PhaseExtent& extent, std::int8_t label, std::vector<std::int8_t>& labels) {
  const std::size_t columns = extent.from.size();
  for (std::size_t c = 0; c < columns; ++c) {
    for (std::int64_t row = extent.from[c]; row < extent.to[c]; ++row) {
      labels[static_cast<std::size_t>(row) * columns + c] =
          row < extent.sure_to[c] ? label : kUnknownLabel;
    }
  }
}

}  // namespace geod::trainer
