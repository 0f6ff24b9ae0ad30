#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "trainer/fibre_field.hpp"

namespace geod::trainer {

/// A label of pixels that nothing is said of (docs/image-tasks.md): neither loss nor scores see
/// them.
constexpr std::int8_t kUnknownLabel = -1;

/// Rows of a phase on every channel: its label is certain in [from, sure_to), and nothing is said
/// of [sure_to, to).
struct PhaseExtent {
  std::vector<std::int64_t> from;
  std::vector<std::int64_t> sure_to;  ///< not before `from`; there where the phase is not seen
  std::vector<std::int64_t> to;       ///< not before `sure_to`
};

/// A phase is seen where the mean of its magnitude over some rows and channels reaches 0.8 of the
/// deviation of the noise around the channel, and lasts until it falls to 0.7 of it. Both are
/// decided with the neighbours (most of them; the median), so that an extent has no teeth.
///
/// What is certain is a band of a fifth of a tile from the onset, or 0.7 of the coda where that is
/// longer. Nobody can see where a coda ends, so it is not labelled from there to 1.3 of its length,
/// nor is the band of a phase that is too weak to be seen: it is there all the same.
/// @param onset_row  a channel. @param signal  this phase alone, in the band of the noise.
/// @param noise_deviation  a channel.
PhaseExtent phase_extent(std::span<const double> onset_row,
                         const FibreField& signal,
                         std::span<const double> noise_deviation,
                         std::int64_t tile_rows);

/// Ends P where S begins, on the channels that see S. Where both are seen and not more than 0.7 of
/// a tile lies between them, all of it is P: an earthquake is one piece.
void end_before(const PhaseExtent& s, std::int64_t tile_rows, PhaseExtent& p);

/// Writes `label` and kUnknownLabel over an extent of `labels` [rows, columns].
void write_label(const PhaseExtent& extent, std::int8_t label, std::vector<std::int8_t>& labels);

/// Running median over `reach` values to both sides: one noisy channel changes nothing.
std::vector<double> running_median(std::span<const double> values, std::size_t reach);

}  // namespace geod::trainer
