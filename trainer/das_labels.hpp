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
/// What is certain is a band of a fifth of a tile from the onset: whoever sees the onset knows
/// where it is, whereas the end of a coda can be seen by nobody. The rest of the coda is not
/// labelled, nor is the band of a phase that is too weak to be seen: it is there all the same.
/// @param onset_row  a channel. @param signal  this phase alone, in the band of the noise.
/// @param noise_deviation  a channel.
PhaseExtent phase_extent(std::span<const double> onset_row,
                         const FibreField& signal,
                         std::span<const double> noise_deviation,
                         std::int64_t tile_rows);

/// Ends P where S begins, on the channels that see S.
void end_before(const PhaseExtent& s, PhaseExtent& p);

/// Writes `label` and kUnknownLabel over an extent of `labels` [rows, columns].
void write_label(const PhaseExtent& extent, std::int8_t label, std::vector<std::int8_t>& labels);

/// Running median over `reach` values to both sides: one noisy channel changes nothing.
std::vector<double> running_median(std::span<const double> values, std::size_t reach);

}  // namespace geod::trainer
