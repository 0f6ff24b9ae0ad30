#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "config/streams_config.hpp"
#include "core/continuity.hpp"
#include "core/source_id.hpp"
#include "core/window.hpp"
#include "streams/continuity_counters.hpp"
#include "streams/record.hpp"
#include "streams/resample_filter.hpp"
#include "streams/resampler.hpp"
#include "streams/trace_buffer.hpp"
#include "streams/windower.hpp"

namespace geod::streams {

/// What pushes add; the caller empties it.
struct StreamOutput {
  std::vector<Window> windows;
  std::vector<ContinuityEvent> events;
  /// New or changed channels, and each at most once per minute of data as it goes on.
  std::vector<ChannelInfo> channels;
  /// Instruments that ended; their last window, if any, stands in `windows` with is_last set.
  std::vector<InstrumentId> ended;

  void clear();
};

/// Snapshot for status and metrics.
struct StreamCounters {
  ContinuityCounters continuity;
  WindowCounters windows;
  std::uint64_t channels = 0;          ///< known now
  std::uint64_t instruments = 0;       ///< known now
  std::uint64_t refused_channels = 0;  ///< records of new channels beyond the limit
  /// Pieces of channels whose orientation or rate no model takes.
  std::uint64_t not_windowed = 0;

  bool operator==(const StreamCounters&) const = default;
};

/// From records to windows, for all channels: continuity, resampling, assembly of components,
/// windows. Instruments share nothing: none delays another.
///
/// Orientation codes: Z, N, E; 1 stands for N, 2 for E, and 3 for Z. Where two codes compete for
/// one place, the letter wins and the digit is left out. Channels of other codes, and rates outside
/// Resampler::supports, are followed for the gap table but make no windows.
///
/// Data time only; one record costs O(its samples). Thread: geod-io only.
class StreamProcessor {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  static constexpr std::size_t kMaxChannels = 100'000;
  static constexpr Duration kChannelUpdate = std::chrono::minutes{1};

  /// `geometry` is the model's. `max_channels` bounds the memory that invented ids can take.
  StreamProcessor(const config::ContinuityConfig& continuity,
                  const config::WindowsConfig& windows,
                  const WindowGeometry& geometry,
                  std::size_t max_channels = kMaxChannels);
  StreamProcessor(const StreamProcessor&) = delete;
  StreamProcessor& operator=(const StreamProcessor&) = delete;

  /// `arrival` is when the record came in, for the latency that picks carry.
  void push(Record record, SteadyTime arrival, StreamOutput& out);

  /// The stream of this instrument ended: everything left goes out and it is forgotten.
  void end(const InstrumentId& instrument, SteadyTime arrival, StreamOutput& out);
  void finish_all(SteadyTime arrival, StreamOutput& out);

  StreamCounters counters() const;

 private:
  struct Instrument {
    Instrument(const InstrumentId& id, StreamProcessor& owner);
    InstrumentWindower windower;
    std::vector<SourceId> channels;
  };
  struct Channel {
    Channel(const SourceId& id, StreamProcessor& owner, Instrument& instrument);
    TraceBuffer trace;
    Resampler resampler;
    Instrument* instrument;  ///< outlives the channel
    Time next_update;
    bool announced = false;
    SampleRate announced_rate;
  };

  Channel* find_or_add(const SourceId& id);
  void window_pieces(Channel& channel, SteadyTime arrival, StreamOutput& out);
  void announce(Channel& channel, bool always, StreamOutput& out);
  void finish_instrument(const InstrumentId& id,
                         Instrument& instrument,
                         SteadyTime arrival,
                         StreamOutput& out);

  const config::ContinuityConfig continuity_;
  const config::WindowsConfig windows_;
  const WindowGeometry geometry_;
  const TimeGrid grid_;
  const std::size_t max_channels_;

  StreamCounters counters_;
  FilterCache filters_;
  std::unordered_map<InstrumentId, Instrument> instruments_;
  std::unordered_map<SourceId, Channel> channels_;
  TraceOutput trace_output_;   // scratch
  std::vector<GridRun> runs_;  // scratch
};

}  // namespace geod::streams
