#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "config/streams_config.hpp"
#include "core/window.hpp"
#include "streams/component_track.hpp"
#include "streams/time_grid.hpp"
#include "streams/trace_piece.hpp"

namespace geod::streams {

/// Records that span more than this are not waited for in full; bounds the memory.
inline constexpr Duration kLongestRecord = std::chrono::minutes{10};

/// What a model wants to see: from its manifest, passed in by the daemon.
struct WindowGeometry {
  std::int64_t window_samples = 0;
  std::int64_t hop_samples = 0;  ///< at most window_samples
  SampleRate rate;
};

/// Of all instruments since start.
struct WindowCounters {
  std::uint64_t windows = 0;
  std::uint64_t skipped = 0;       ///< below min_valid_fraction
  std::uint64_t timed_out = 0;     ///< times a component was given up waiting for
  std::uint64_t late_samples = 0;  ///< of a component, after its window had gone
  std::uint64_t restarts = 0;      ///< an instrument's clock went back

  bool operator==(const WindowCounters&) const = default;
};

/// Cuts the windows of one instrument. A window starts at every multiple of the hop on the absolute
/// grid that some data overlap; it goes out once every component that is waited for covers it.
///
/// All three components are waited for until one lags behind the newest by more than the longest
/// record of the instrument so far and `component_timeout`; then windows go without it (what it
/// still delivers is used when in time) until it is back within that. A window with less than
/// `min_valid_fraction` of its samples on its best component is skipped.
///
/// No picks: every kNoPicks mark of every component, and where all components of the window are
/// missing or constant. A component that is dead for a whole window silences nothing.
///
/// Single-threaded. Memory: window + timeout + two records per component, whatever the input times.
class InstrumentWindower {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  /// References are kept; `totals` is shared by all instruments.
  InstrumentWindower(InstrumentId instrument,
                     const WindowGeometry& geometry,
                     const config::WindowsConfig& config,
                     WindowCounters& totals);

  /// A component delivers under this subsource code from now on; what another code delivered in
  /// its place is forgotten.
  void set_subsource(Component component, char code);
  char subsource(Component component) const { return part(component).subsource; }

  void add_mark(Component component, const TraceMark& mark);
  /// Values at grid points first, first + 1, ...
  void append(Component component, std::int64_t first, std::span<const double> values);
  /// The component goes on at `first`, before what it delivered last: clock reset. Windows of the
  /// old time line are finished into `out`.
  void move_back(Component component,
                 std::int64_t first,
                 SteadyTime arrival,
                 std::vector<Window>& out);

  /// Appends the windows that have become complete.
  void cut(SteadyTime arrival, std::vector<Window>& out);

  /// Appends what is left as partly filled windows, the last one marked is_last, and starts afresh.
  void finish(SteadyTime arrival, std::vector<Window>& out);

 private:
  struct Part {
    explicit Part(TimeGrid grid) : track(grid) {}
    ComponentTrack track;
    char subsource = '\0';
    bool waited_for = true;
  };

  const Part& part(Component component) const {
    return parts_[static_cast<std::size_t>(component)];
  }
  Part& part(Component component) { return parts_[static_cast<std::size_t>(component)]; }

  std::int64_t first_window_over(std::int64_t k) const;
  std::int64_t newest() const;
  std::int64_t oldest_frontier() const;
  bool wait_for_all(std::int64_t end);
  std::optional<std::int64_t> first_data(std::int64_t from) const;
  bool find_start();
  void emit(bool force, SteadyTime arrival, std::vector<Window>& out);
  void fill_no_picks(Window& window,
                     std::span<const std::int64_t> present,
                     std::int64_t begin,
                     std::int64_t end) const;
  void reset();

  const InstrumentId instrument_;
  const WindowGeometry& geometry_;
  const config::WindowsConfig& config_;
  WindowCounters& totals_;
  const TimeGrid grid_;
  const std::int64_t timeout_samples_;
  std::int64_t longest_append_ = 0;  ///< samples of the longest record, at most kLongestRecord

  std::array<Part, kComponents> parts_;
  bool started_ = false;         ///< next_start_ is fixed
  bool gave_window_ = false;     ///< since the last reset
  std::int64_t next_start_ = 0;  ///< grid point
};

}  // namespace geod::streams
