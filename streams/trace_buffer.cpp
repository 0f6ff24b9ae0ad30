#include "streams/trace_buffer.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <span>
#include <utility>

#include "streams/sample_faults.hpp"

namespace geod::streams {
namespace {

using Kind = TraceMark::Kind;

/// A gap shorter than this gives no edge that a network could take for an onset before it.
constexpr Duration kLongGap = ConstantRuns::kShortest;
/// Sample periods around a time step that a peak's parabola can reach.
constexpr std::int64_t kStepReach = 3;
constexpr Time kEarliest = std::chrono::sys_days{std::chrono::year{1900} / 1 / 1};
constexpr Time kLatest = std::chrono::sys_days{std::chrono::year{2200} / 1 / 1};
constexpr double kLongestRecordS = 1e6;

Duration magnitude(Duration d) {
  return d < Duration{0} ? -d : d;
}

bool is_same_rate(SampleRate a, SampleRate b) {
  return a == b || std::abs(a.hz() - b.hz()) <= TraceBuffer::kSameRate * b.hz();
}

bool is_usable(const RecordHeader& header, std::size_t samples) {
  return samples > 0 && header.encoding != Encoding::kText && header.start >= kEarliest &&
         header.start <= kLatest &&
         static_cast<double>(samples) / header.rate.hz() <= kLongestRecordS;
}

Duration contiguous_within(Duration period) {
  const Duration fraction{
      std::llround(static_cast<double>(period.count()) * TraceBuffer::kContiguousPeriods)};
  return std::max(fraction, TraceBuffer::kContiguousTime);
}

/// Farther than this from the expected start, samples are missing or repeated.
Duration adjacent_within(Duration period) {
  return std::max(Duration{period.count() / 2}, contiguous_within(period));
}

void drop_head(Samples& samples, std::size_t count) {
  std::visit(
      [count](auto& typed) {
        typed.erase(typed.begin(), typed.begin() + static_cast<std::ptrdiff_t>(count));
      },
      samples);
}

}  // namespace

TraceBuffer::TraceBuffer(SourceId id,
                         const config::ContinuityConfig& config,
                         ContinuityCounters& totals)
    : id_(std::move(id)), config_(config), totals_(totals), runs_(config.no_pick_after_gap) {}

void TraceBuffer::push(Record record, TraceOutput& out) {
  ++totals_.records;
  const std::size_t samples = size_of(record.samples);
  if (!is_usable(record.header, samples)) {
    ++totals_.unusable;
    return;
  }
  if (record.header.flags.telemetry_error || record.header.flags.missing_or_padded) {
    ++totals_.quarantined;
    return;
  }
  record.header.samples = static_cast<std::uint32_t>(samples);
  place(std::move(record), out);
  use_held(false, out);
}

void TraceBuffer::finish(TraceOutput& out) {
  use_held(true, out);
  write_open_span(out);
  if (started_) {
    TracePiece end;
    end.start = expected_;
    end.rate = rate_;
    end.marks.push_back({Kind::kNoPicks,
                         expected_ - ConstantRuns::kBeforeEdge,
                         expected_,
                         expected_ - ConstantRuns::kBeforeEdge,
                         0.0});
    out.pieces.push_back(std::move(end));
  }
}

void TraceBuffer::place(Record record, TraceOutput& out) {
  const std::uint64_t print = fingerprint(record);
  if (!started_) {
    history_.remember(print);
    use(std::move(record), out);
    return;
  }
  const Duration distance = record.header.start - expected_;
  const Duration adjacent = adjacent_within(record.header.rate.period());
  if (magnitude(distance) > adjacent && history_.contains(print)) {
    ++totals_.duplicates;
    note_span(ContinuityKind::kDuplicate, record.header.start, record.header.end(), out);
    return;
  }
  history_.remember(print);
  if (distance > adjacent) {
    hold(std::move(record));
  } else {
    use_by_distance(std::move(record), out);
  }
}

void TraceBuffer::use_by_distance(Record record, TraceOutput& out) {
  const Duration limit = adjacent_within(record.header.rate.period());
  if (record.header.start - expected_ >= -limit) {
    use(std::move(record), out);
  } else if (record.header.end() - expected_ > limit) {
    use_tail(std::move(record), out);
  } else {
    judge_covered(std::move(record), out);
  }
}

void TraceBuffer::hold(Record record) {
  const auto later = std::find_if(held_.begin(), held_.end(), [&](const Record& other) {
    return other.header.start > record.header.start;
  });
  held_.insert(later, std::move(record));
}

void TraceBuffer::use_held(bool all, TraceOutput& out) {
  bool gap_given_up = false;
  while (!held_.empty()) {
    const RecordHeader& front = held_.front().header;
    const bool adjacent = front.start - expected_ <= adjacent_within(front.rate.period());
    const Duration waited = held_.back().header.start - front.start;
    const bool waited_enough =
        waited >= config_.reorder_horizon || held_.size() >= config_.reorder_records;
    if (!adjacent && !waited_enough && !all) {
      return;
    }
    Record next = std::move(held_.front());
    held_.erase(held_.begin());
    gap_given_up = gap_given_up || !adjacent;
    totals_.reordered += gap_given_up ? 0 : 1;
    use_by_distance(std::move(next), out);
  }
}

void TraceBuffer::use(Record record, TraceOutput& out) {
  write_open_span(out);
  late_chain_ = {};
  TracePiece piece;
  piece.start = record.header.start;
  piece.rate = record.header.rate;
  if (!started_ || restart_) {
    piece.begins_segment = true;
    piece.moved_back = std::exchange(restart_, false);
    first_sample_ = started_ ? first_sample_ : piece.start;
    mark_edges_of_gap(piece.start, piece.start, piece);
  } else {
    join(record, piece, out);
  }
  add_samples(std::move(record), std::move(piece), out);
}

void TraceBuffer::join(const Record& record, TracePiece& piece, TraceOutput& out) {
  const Duration period = piece.rate.period();
  const Duration distance = piece.start - expected_;
  const bool gap = distance > adjacent_within(period);
  if (gap) {
    ++totals_.gaps;
    note(ContinuityKind::kGap, expected_, piece.start, {}, out);
    mark_edges_of_gap(expected_, piece.start, piece);
  }
  if (!is_same_rate(piece.rate, rate_)) {
    ++totals_.rate_changes;
    note(ContinuityKind::kRateChange,
         piece.start,
         piece.start,
         rate_.to_string() + " -> " + piece.rate.to_string(),
         out);
    piece.begins_segment = true;
    mark_edges_of_gap(piece.start, piece.start, piece);
  } else if (gap && distance <= config_.max_ramp_gap) {
    runs_.reset();
    bridge(record, out);
  } else if (gap) {
    piece.begins_segment = true;
  } else if (magnitude(distance) > contiguous_within(period)) {
    ++totals_.time_steps;
    const double step_s = to_seconds(distance);
    note(ContinuityKind::kTimeStep, expected_, piece.start, fmt::format("{:+.6f} s", step_s), out);
    const Duration reach = piece.rate.span_of(kStepReach);
    piece.marks.push_back(
        {Kind::kNoPicks, piece.start - reach, piece.start + reach, piece.start, 0.0});
    piece.marks.push_back(
        {Kind::kTiming, piece.start, piece.start + period, piece.start, std::abs(step_s)});
  }
}

void TraceBuffer::use_tail(Record record, TraceOutput& out) {
  const RecordHeader& header = record.header;
  const Duration covered = expected_ - header.start;
  const auto head = static_cast<std::size_t>(std::clamp<std::int64_t>(
      header.rate.samples_in(covered), 1, static_cast<std::int64_t>(header.samples) - 1));
  const std::vector<double> samples = to_double(record.samples);
  write_open_span(out);
  ++totals_.overlaps;
  note(ContinuityKind::kOverlap, header.start, expected_, {}, out);
  if (history_.compare(std::span(samples).first(head), rate_.samples_in(covered)) ==
      RecordHistory::Match::kDifferent) {
    ++totals_.conflicts;
    note(ContinuityKind::kConflict, header.start, expected_, {}, out);
  }
  drop_head(record.samples, head);
  record.header.start += header.rate.span_of(static_cast<std::int64_t>(head));
  record.header.samples -= static_cast<std::uint32_t>(head);
  use(std::move(record), out);
}

void TraceBuffer::judge_covered(Record record, TraceOutput& out) {
  const RecordHeader& header = record.header;
  const std::vector<double> samples = to_double(record.samples);
  const std::int64_t back = rate_.samples_in(expected_ - header.start);
  const auto match = is_same_rate(header.rate, rate_) ? history_.compare(samples, back)
                                                      : RecordHistory::Match::kUnknown;
  switch (match) {
    case RecordHistory::Match::kSame:
      ++totals_.duplicates;
      note_span(ContinuityKind::kDuplicate, header.start, header.end(), out);
      return;
    case RecordHistory::Match::kDifferent:
      ++totals_.conflicts;
      write_open_span(out);
      note(ContinuityKind::kConflict, header.start, header.end(), {}, out);
      return;
    case RecordHistory::Match::kUnknown:
      follow_late(std::move(record), out);
  }
}

void TraceBuffer::follow_late(Record record, TraceOutput& out) {
  const RecordHeader& header = record.header;
  const Duration limit = adjacent_within(header.rate.period());
  if (late_chain_.records > 0 && magnitude(header.start - late_chain_.expected) > limit) {
    late_chain_ = {};
  }
  late_chain_.expected = header.end();
  late_chain_.length += header.end() - header.start;
  ++late_chain_.records;
  if (late_chain_.length < kMovedBackAfter || late_chain_.records < kMovedBackRecords) {
    ++totals_.late;
    note_span(ContinuityKind::kLate, header.start, header.end(), out);
    return;
  }
  ++totals_.clock_resets;
  write_open_span(out);
  note(ContinuityKind::kTimeStep, expected_, header.start, "clock went back", out);
  history_.forget_all();
  held_.clear();
  restart_ = true;
  use(std::move(record), out);
}

void TraceBuffer::bridge(const Record& record, TraceOutput& out) {
  const RecordHeader& header = record.header;
  const std::int64_t count = std::max<std::int64_t>(1, rate_.samples_in(header.start - expected_));
  const double target = usable_or(
      std::visit([](const auto& s) { return static_cast<double>(s.front()); }, record.samples),
      last_value_);
  TracePiece ramp;
  ramp.start = expected_;
  ramp.rate = rate_;
  ramp.samples.resize(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) {
    const double fraction = static_cast<double>(i + 1) / static_cast<double>(count + 1);
    ramp.samples[static_cast<std::size_t>(i)] = last_value_ + fraction * (target - last_value_);
  }
  // A grid point within 1 % of a period of a real sample belongs to that sample.
  const Duration period = rate_.period();
  const Duration slack{period.count() / 100 + 1};
  ramp.marks.push_back(
      {Kind::kMissing, expected_ - period + slack, header.start - slack, expected_ - period, 0.0});
  history_.append(std::vector<double>(static_cast<std::size_t>(count),
                                      std::numeric_limits<double>::quiet_NaN()));
  out.pieces.push_back(std::move(ramp));
}

void TraceBuffer::mark_edges_of_gap(Time from, Time to, TracePiece& piece) const {
  const Duration after = config_.no_pick_after_gap;
  if (to - from < kLongGap && to > from) {
    piece.marks.push_back({Kind::kNoPicks, from, to + after, from, 0.0});
    return;
  }
  if (to > from) {
    piece.marks.push_back(
        {Kind::kNoPicks, from - ConstantRuns::kBeforeEdge, from + after, from, 0.0});
  }
  piece.marks.push_back({Kind::kNoPicks, to - ConstantRuns::kBeforeEdge, to + after, to, 0.0});
}

void TraceBuffer::add_samples(Record record, TracePiece piece, TraceOutput& out) {
  const RecordHeader& header = record.header;
  const Time end = header.end();
  if (header.flags.calibration_signal || header.flags.filter_charging) {
    piece.marks.push_back({Kind::kNoPicks, header.start, end, header.start, 0.0});
  }
  if (header.flags.time_questionable) {
    piece.marks.push_back({Kind::kTiming, header.start, end, header.start, kQuestionableTimingS});
  }
  piece.samples = to_double(record.samples);
  if (piece.begins_segment) {
    history_.forget_samples();
    last_value_ = 0.0;
  }
  history_.append(piece.samples);
  mark_unusable_samples(piece, last_value_, config_.no_pick_after_gap);
  runs_.scan(piece);
  last_value_ = piece.samples.back();
  totals_.samples += piece.samples.size();
  started_ = true;
  rate_ = header.rate;
  expected_ = end;
  out.pieces.push_back(std::move(piece));
}

void TraceBuffer::note(
    ContinuityKind kind, Time from, Time to, std::string detail, TraceOutput& out) const {
  out.events.push_back({id_, kind, from, to, std::move(detail)});
}

void TraceBuffer::note_span(ContinuityKind kind, Time from, Time to, TraceOutput& out) {
  if (open_span_ && open_span_->kind == kind &&
      magnitude(from - open_span_->to) <= adjacent_within(rate_.period())) {
    open_span_->to = to;
    return;
  }
  write_open_span(out);
  open_span_ = ContinuityEvent{id_, kind, from, to, {}};
}

void TraceBuffer::write_open_span(TraceOutput& out) {
  if (open_span_) {
    out.events.push_back(*std::exchange(open_span_, std::nullopt));
  }
}

}  // namespace geod::streams
