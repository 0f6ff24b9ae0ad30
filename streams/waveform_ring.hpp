#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "core/waveform_source.hpp"
#include "streams/record_runs.hpp"

namespace geod::streams {

/// The newest records of every channel as they came in, for those who need samples some time later:
/// amplitudes, windows that are kept on disk. Bounded in data time by channel and in bytes as a
/// whole; where the bytes do not reach, what came first goes first.
///
/// One that is followed keeps its span behind the data time that its reader has come to: a
/// recording that is replayed faster than it is looked at loses nothing for its age, and what is
/// measured does not depend on the pace. The bytes bound it all the same.
///
/// Thread: any. geod-io pushes: one copy of the samples outside the lock, some pointers inside.
/// Readers take pointers inside the lock and copy samples outside.
class WaveformRing final : public WaveformSource {
 public:
  struct Limits {
    Duration span;             ///< behind the newest sample of a channel
    std::uint64_t bytes = 0;   ///< of samples and what they are kept in
    bool is_followed = false;  ///< by a reader, behind whom the span is
  };
  explicit WaveformRing(const Limits& limits) : limits_(limits) {}

  /// Records that say of themselves that they hold no true samples are passed over.
  void push(const Record& record);

  /// The reader that follows has come to `time` in all channels.
  void follow_to(Time time);

  /// Without the samples that came twice; see records_within.
  Result<std::vector<Waveform>> read(const SourceId& channel, Time from, Time to) const override;

  /// What overlaps [from, to), in the order it came.
  SharedRecords records(const SourceId& channel, Time from, Time to) const;

  /// Those with samples, by id.
  std::vector<SourceId> channels_of(const InstrumentId& instrument) const;
  /// Time after the newest sample of a channel; none without samples.
  std::optional<Time> newest(const SourceId& channel) const;

  std::uint64_t bytes() const;

 private:
  struct Entry {
    std::shared_ptr<const Record> record;
    std::uint64_t bytes = 0;
  };
  using Entries = std::list<Entry>;
  struct Channel {
    std::deque<Entries::iterator> entries;  ///< in the order they came
    Time newest;
  };
  using Channels = std::map<SourceId, Channel>;

  /// Takes the oldest entry of a channel out; into `freed`, to be freed outside the lock.
  void drop_front(Channels::iterator channel, Entries& freed);

  const Limits limits_;
  mutable std::mutex mutex_;  ///< guards all below
  Entries entries_;           ///< of all channels, in the order they came
  Channels channels_;
  std::uint64_t bytes_ = 0;
  std::optional<Time> followed_to_;
};

}  // namespace geod::streams
