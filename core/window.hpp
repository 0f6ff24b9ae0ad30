#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "core/sample_rate.hpp"
#include "core/source_id.hpp"
#include "core/time.hpp"

namespace geod {

/// Orientation of a channel inside a window. The order is the models' order, Z N E; orientation
/// codes 1 and 2 (not aligned with north and east) take the places of N and E.
enum class Component : std::uint8_t { kZ = 0, kN = 1, kE = 2 };
inline constexpr std::size_t kComponents = 3;

/// Samples [begin, end) of a window or a score series, in samples from its start.
struct SampleSpan {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  bool operator==(const SampleSpan&) const = default;
};

/// Where a source has been read to: what must not be read again once the work it covers is
/// committed. `source` names the configured source, `position` is that source's own text.
struct Cursor {
  std::string source;
  std::string position;
  bool operator==(const Cursor&) const = default;
};

/// A fixed-length three-component slice of one instrument on the hop grid, resampled to the model's
/// rate. Starts are multiples of the hop since 1970, so every cut of the stream gives the same
/// windows.
struct Window {
  InstrumentId instrument;
  Time start;       ///< first sample
  SampleRate rate;  ///< the model's
  std::int64_t samples = 0;

  /// [C = 3, T = samples] row major, counts (or the record's unit) about an arbitrary constant
  /// offset per component. Samples listed in `missing` and absent components are 0 and carry no
  /// meaning: the engine writes zeros there after normalising.
  std::vector<float> data;

  /// Per component: which spans hold no data, ascending, disjoint. An absent component has one
  /// span over the whole window.
  std::array<std::vector<SampleSpan>, kComponents> missing;

  /// Spans in which no pick may be emitted: around gaps, time steps, padding, calibration signals.
  std::vector<SampleSpan> no_picks;

  /// The subsource codes that filled Z, N, E ('Z','1','2'); '\0' where absent.
  std::array<char, kComponents> subsource{};

  /// The largest timing error in seconds that flags or clock steps admit for this window; 0 when
  /// the clock was locked throughout.
  double timing_uncertainty_s = 0.0;

  /// When the last sample that completed the window arrived, for the published latency.
  std::chrono::steady_clock::time_point completed_at{};

  /// Set on the last window of an instrument before its stream ends (`end/1`, end of file): scores
  /// need not wait for a later window.
  bool is_last = false;

  bool has(Component component) const {
    return subsource[static_cast<std::size_t>(component)] != '\0';
  }
  std::size_t bytes() const { return sizeof(Window) + data.size() * sizeof(float); }
};

}  // namespace geod
