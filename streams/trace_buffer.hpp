#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/streams_config.hpp"
#include "core/source_id.hpp"
#include "streams/constant_runs.hpp"
#include "streams/continuity_counters.hpp"
#include "streams/record.hpp"
#include "streams/record_history.hpp"
#include "streams/trace_piece.hpp"

namespace geod::streams {

/// Puts the records of one channel on one time line. With d = start found - start expected and T
/// the sample period:
///
/// | case                          | what is done                                                |
/// |-------------------------------|-------------------------------------------------------------|
/// | abs(d) <= max(0.05 T, 100 us) | contiguous; the header's time is the new anchor             |
/// | up to 0.5 T                   | time step: contiguous samples, new anchor, counted, marked  |
/// | d > 0.5 T                     | held for the missing record; then a gap, bridged by a ramp  |
/// |                               | if <= max_ramp_gap, else a new segment                      |
/// | d < -0.5 T, partly covered    | overlap: the covered head is compared and dropped           |
/// | d < -0.5 T, covered           | duplicate (same samples), conflict (others), late (unknown) |
///
/// Data time only. Single-threaded. Memory: held records, and the bounded RecordHistory.
class TraceBuffer {
 public:
  /// Contiguous within this fraction of a sample period, or this time where that is longer.
  static constexpr double kContiguousPeriods = 0.05;
  static constexpr Duration kContiguousTime = std::chrono::microseconds{100};
  /// Rates that differ by less than this fraction are one rate (float32 rates of blockette 100).
  static constexpr double kSameRate = 1e-4;
  /// Uncertainty of a time that the digitizer itself calls questionable.
  static constexpr double kQuestionableTimingS = 0.5;
  /// This much of a second, older time line, uninterrupted, and the clock is taken to have gone
  /// back for good; until then its records are late.
  static constexpr Duration kMovedBackAfter = std::chrono::seconds{30};
  static constexpr std::uint32_t kMovedBackRecords = 4;

  /// `totals` is shared by all channels and outlives them.
  TraceBuffer(SourceId id, const config::ContinuityConfig& config, ContinuityCounters& totals);

  /// Appends to `out` what became final. A record with flag missing/padded or telemetry error is
  /// left out like one that never came.
  void push(Record record, TraceOutput& out);

  /// The channel ends: what is held is used, open events are written.
  void finish(TraceOutput& out);

  const SourceId& source_id() const { return id_; }
  bool has_samples() const { return started_; }
  Time first_sample() const { return first_sample_; }
  /// Time of the sample after the last one used.
  Time expected() const { return expected_; }
  SampleRate rate() const { return rate_; }

 private:
  /// Late records that follow one another: perhaps a clock that went back.
  struct LateChain {
    Time expected;
    Duration length{0};
    std::uint32_t records = 0;
  };

  void place(Record record, TraceOutput& out);
  void hold(Record record);
  void use_held(bool all, TraceOutput& out);
  void use_by_distance(Record record, TraceOutput& out);
  void use(Record record, TraceOutput& out);
  void use_tail(Record record, TraceOutput& out);
  void join(const Record& record, TracePiece& piece, TraceOutput& out);
  void bridge(const Record& record, TraceOutput& out);
  void judge_covered(Record record, TraceOutput& out);
  void follow_late(Record record, TraceOutput& out);
  void add_samples(Record record, TracePiece piece, TraceOutput& out);
  void mark_edges_of_gap(Time from, Time to, TracePiece& piece) const;
  void note(ContinuityKind kind, Time from, Time to, std::string detail, TraceOutput& out) const;
  void note_span(ContinuityKind kind, Time from, Time to, TraceOutput& out);
  void write_open_span(TraceOutput& out);

  const SourceId id_;
  const config::ContinuityConfig& config_;
  ContinuityCounters& totals_;

  bool started_ = false;
  bool restart_ = false;  ///< the next samples begin a segment on an older time line
  SampleRate rate_;
  Time first_sample_;
  Time expected_;
  double last_value_ = 0.0;
  RecordHistory history_;
  ConstantRuns runs_;
  std::vector<Record> held_;  ///< by start time
  LateChain late_chain_;
  std::optional<ContinuityEvent> open_span_;  ///< duplicates or late records in a row, one event
};

}  // namespace geod::streams
