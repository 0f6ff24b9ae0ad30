#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "core/das_block.hpp"
#include "streams/fibre_time_line.hpp"

namespace geod::streams {

/// Where the samples of a piece lie: byte address of (sample, channel), both counted from 0.
struct FibreLayout {
  const std::byte* first = nullptr;  ///< aligned to the sample type
  std::ptrdiff_t sample_step = 0;    ///< bytes from a sample to the next of the same channel
  std::ptrdiff_t channel_step = 0;   ///< bytes from a channel to the next at the same time

  const std::byte* at(std::int64_t sample, std::int64_t channel) const {
    return first + sample * sample_step + channel * channel_step;
  }
};

/// Samples [from, to) of one block, on the time line of their segment. Shares the block's bytes.
struct FibrePiece {
  DasBlock block;
  std::int64_t from = 0;
  std::int64_t to = 0;
  /// Of sample `from`: the segment's anchor and an exact count, not the block's own header.
  Time start;
  /// Nothing contiguous comes before: state of filters does not carry over. The sampling may be
  /// another only here.
  bool begins_segment = false;

  const FibreGeometry& geometry() const { return *block.geometry; }
  std::int64_t samples() const { return to - from; }
  Time end() const { return start + geometry().rate.span_of(samples()); }
  FibreLayout layout() const;
};

/// What was done with the blocks of a fibre.
struct FibreCounters {
  std::uint64_t blocks = 0;           ///< pushed
  std::uint64_t holes = 0;            ///< times that something was missing
  std::uint64_t missing_samples = 0;  ///< per channel, over all holes within one geometry
  std::uint64_t overlaps = 0;         ///< blocks whose head was covered and was left out
  std::uint64_t duplicates = 0;       ///< blocks within what the segment has given already
  std::uint64_t late = 0;             ///< blocks before the segment: their place is past
  std::uint64_t steps = 0;            ///< clock steps of less than half a sample
  std::uint64_t restarts = 0;         ///< announced
  std::uint64_t geometry_changes = 0;
  std::uint64_t shed_blocks = 0;  ///< dropped here, oldest first, for want of room
};

/// The blocks of one fibre, put on one time line and held, byte-bounded, until the reader takes
/// them. Nothing is copied: 10,000 channels at 1 kHz pass as pointers.
///
///   buffer.push(std::move(block), gaps);
///   while (auto piece = buffer.next()) { conditioner.push(*piece); }
///
/// Blocks that follow by their exact times are pieces of one segment (FibreTimeLine). A hole ends
/// the segment and is told as FibreGap::kMissing; what was announced as shed is not told again as
/// missing. The covered head of an overlap is left out. A block that is covered whole is dropped:
/// duplicate within the segment, late before it. When late blocks follow one another for
/// kMovedBackAfter the clock has gone back for good and they begin a segment.
///
/// Data time only. Single-threaded.
class FibreBuffer {
 public:
  static constexpr Duration kMovedBackAfter = std::chrono::seconds{30};
  static constexpr std::size_t kMaxAnnounced = 1024;  ///< shed spans remembered at a time

  /// `max_bytes`: of samples held; the newest block is held whatever its size.
  FibreBuffer(std::string fibre_id, std::size_t max_bytes);

  /// Appends to `gaps` what turned out not to be there.
  void push(DasBlock block, std::vector<FibreGap>& gaps);

  /// What was found before the buffer: kShed spans dropped from a queue, kRestart of the publisher.
  /// Call in the order of arrival. The gap itself goes to the store by the caller.
  void announce(const FibreGap& gap);

  /// The fibre ended in good order: what comes next begins anew, the time between is no hole.
  void end();

  /// The oldest piece not yet taken.
  std::optional<FibrePiece> next();

  const std::string& fibre_id() const { return fibre_id_; }
  const FibreCounters& counters() const { return counters_; }
  std::size_t held_bytes() const { return held_bytes_; }
  /// Of the last block used; null before the first.
  const std::shared_ptr<const FibreGeometry>& geometry() const { return geometry_; }

 private:
  /// Late blocks that follow one another: perhaps a clock that went back.
  struct LateChain {
    FibreTimeLine line;
    Duration length{0};
  };

  bool begins_anew(const DasBlock& block) const;
  void begin_segment(DasBlock block, std::vector<FibreGap>& gaps);
  void place(DasBlock block, std::vector<FibreGap>& gaps);
  void judge_covered(DasBlock block, std::vector<FibreGap>& gaps);
  void hold(DasBlock block, std::int64_t from, bool begins_segment, std::vector<FibreGap>& gaps);
  void shed_oldest(std::vector<FibreGap>& gaps);
  void note_hole(Time from, Time to, std::vector<FibreGap>& gaps);

  const std::string fibre_id_;
  const std::size_t max_bytes_;
  FibreCounters counters_;

  std::shared_ptr<const FibreGeometry> geometry_;
  FibreTimeLine line_;  ///< valid while geometry_ is set
  Time segment_start_;
  bool is_restart_ = false;     ///< the next block begins a segment, wherever it lies
  bool has_ended_ = false;      ///< as is_restart_, and no hole before it
  std::vector<FibreGap> shed_;  ///< announced and not yet passed, by time
  std::optional<LateChain> late_chain_;

  std::deque<FibrePiece> held_;
  std::size_t held_bytes_ = 0;
};

}  // namespace geod::streams
