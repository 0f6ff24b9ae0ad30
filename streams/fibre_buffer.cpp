#include "streams/fibre_buffer.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace geod::streams {

using Kind = FibreTimeLine::Kind;

FibreLayout FibrePiece::layout() const {
  const FibreGeometry& sampling = geometry();
  const auto bytes = static_cast<std::ptrdiff_t>(bytes_of(sampling.type));
  const bool is_time_major = sampling.order == DasOrder::kTimeMajor;
  FibreLayout layout;
  layout.sample_step = is_time_major ? bytes * sampling.channels : bytes;
  layout.channel_step = is_time_major ? bytes : bytes * block.samples;
  layout.first = block.raw.get() + from * layout.sample_step;
  return layout;
}

FibreBuffer::FibreBuffer(std::string fibre_id, std::size_t max_bytes)
    : fibre_id_(std::move(fibre_id)), max_bytes_(max_bytes) {}

void FibreBuffer::push(DasBlock block, std::vector<FibreGap>& gaps) {
  ++counters_.blocks;
  if (begins_anew(block)) {
    begin_segment(std::move(block), gaps);
  } else {
    place(std::move(block), gaps);
  }
}

void FibreBuffer::announce(const FibreGap& gap) {
  if (gap.kind == FibreGap::Kind::kRestart) {
    ++counters_.restarts;
    is_restart_ = true;
  } else if (gap.kind == FibreGap::Kind::kShed) {
    const auto after = std::ranges::upper_bound(shed_, gap.from, {}, &FibreGap::from);
    shed_.insert(after, gap);
    if (shed_.size() > kMaxAnnounced) {
      shed_.erase(shed_.begin());
    }
  }
}

void FibreBuffer::end() {
  has_ended_ = true;
  shed_.clear();
  late_chain_.reset();
}

std::optional<FibrePiece> FibreBuffer::next() {
  if (held_.empty()) {
    return std::nullopt;
  }
  std::optional<FibrePiece> piece(std::move(held_.front()));
  held_.pop_front();
  held_bytes_ -= piece->block.bytes();
  return piece;
}

bool FibreBuffer::begins_anew(const DasBlock& block) const {
  return geometry_ == nullptr || has_ended_ || is_restart_ ||
         (geometry_ != block.geometry && *geometry_ != *block.geometry);
}

/// Wherever the block lies in time, it is the first of a segment.
void FibreBuffer::begin_segment(DasBlock block, std::vector<FibreGap>& gaps) {
  if (geometry_ != nullptr && !has_ended_) {
    note_hole(line_.expected(), block.start, gaps);
  }
  if (geometry_ != nullptr && *geometry_ != *block.geometry) {
    ++counters_.geometry_changes;
    gaps.push_back({fibre_id_,
                    FibreGap::Kind::kNewGeometry,
                    block.start,
                    block.start,
                    fmt::format("{} channels at {}, before {} at {}",
                                block.geometry->channels,
                                block.geometry->rate.to_string(),
                                geometry_->channels,
                                geometry_->rate.to_string())});
  }
  geometry_ = block.geometry;
  line_ = FibreTimeLine(block.start, geometry_->rate);
  segment_start_ = block.start;
  is_restart_ = false;
  has_ended_ = false;
  late_chain_.reset();
  hold(std::move(block), 0, true, gaps);
}

void FibreBuffer::place(DasBlock block, std::vector<FibreGap>& gaps) {
  const FibreTimeLine::Verdict verdict = line_.judge(block.start, block.samples);
  switch (verdict.kind) {
    case Kind::kContiguous:
      late_chain_.reset();
      hold(std::move(block), 0, false, gaps);
      return;
    case Kind::kStep:
      ++counters_.steps;
      late_chain_.reset();
      line_.set_anchor(block.start);
      hold(std::move(block), 0, false, gaps);
      return;
    case Kind::kHole:
      begin_segment(std::move(block), gaps);
      return;
    case Kind::kOverlap:
      ++counters_.overlaps;
      late_chain_.reset();
      hold(std::move(block), verdict.samples, false, gaps);
      return;
    case Kind::kCovered:
      judge_covered(std::move(block), gaps);
      return;
  }
}

void FibreBuffer::judge_covered(DasBlock block, std::vector<FibreGap>& gaps) {
  const bool is_follower =
      late_chain_.has_value() &&
      (late_chain_->line.judge(block.start, block.samples).kind == Kind::kContiguous ||
       late_chain_->line.judge(block.start, block.samples).kind == Kind::kStep);
  if (!is_follower) {
    late_chain_ = LateChain{FibreTimeLine(block.start, geometry_->rate), Duration{0}};
  }
  late_chain_->line.advance(block.samples);
  late_chain_->length += geometry_->rate.span_of(block.samples);
  if (late_chain_->length >= kMovedBackAfter) {
    begin_segment(std::move(block), gaps);
    return;
  }
  ++(block.start < segment_start_ ? counters_.late : counters_.duplicates);
}

void FibreBuffer::hold(DasBlock block,
                       std::int64_t from,
                       bool begins_segment,
                       std::vector<FibreGap>& gaps) {
  FibrePiece piece;
  piece.from = from;
  piece.to = block.samples;
  piece.start = line_.expected();
  piece.begins_segment = begins_segment;
  line_.advance(piece.samples());
  held_bytes_ += block.bytes();
  piece.block = std::move(block);
  held_.push_back(std::move(piece));
  while (held_bytes_ > max_bytes_ && held_.size() > 1) {
    shed_oldest(gaps);
  }
}

void FibreBuffer::shed_oldest(std::vector<FibreGap>& gaps) {
  const std::optional<FibrePiece> shed = next();
  ++counters_.shed_blocks;
  gaps.push_back({fibre_id_, FibreGap::Kind::kShed, shed->start, shed->end(), "buffer full"});
  held_.front().begins_segment = true;
}

/// What is missing between two times, less what was announced as shed.
void FibreBuffer::note_hole(Time from, Time to, std::vector<FibreGap>& gaps) {
  const Duration half_period = geometry_->rate.period() / 2;
  bool is_missing = false;
  const auto note = [&](Time begin, Time end) {
    if (end - begin > half_period) {
      is_missing = true;
      counters_.missing_samples +=
          static_cast<std::uint64_t>(geometry_->rate.samples_in(end - begin));
      gaps.push_back({fibre_id_, FibreGap::Kind::kMissing, begin, end, "not received"});
    }
  };
  for (const FibreGap& shed : shed_) {
    if (shed.to > from && shed.from < to) {
      note(from, std::min(shed.from, to));
      from = std::max(from, shed.to);
    }
  }
  note(from, to);
  counters_.holes += is_missing ? 1 : 0;
  std::erase_if(shed_, [to](const FibreGap& shed) { return shed.to <= to; });
}

}  // namespace geod::streams
