#include "streams/constant_runs.hpp"

#include <algorithm>

namespace geod::streams {

void ConstantRuns::open(TracePiece& piece, std::int64_t at) {
  const Time known = piece.start + piece.rate.span_of(at);
  piece.marks.push_back(
      {TraceMark::Kind::kNoPicks, run_start_ - kBeforeEdge, run_start_ + after_edge_, known, 0.0});
  const Time to = piece.start + piece.rate.span_of(at + 1);
  piece.marks.push_back({TraceMark::Kind::kConstant, run_start_, to, known, 0.0});
  marked_to_ = to;
}

void ConstantRuns::close(TracePiece& piece, std::int64_t at) {
  const Time end = piece.start + piece.rate.span_of(at);
  if (end > marked_to_) {
    piece.marks.push_back({TraceMark::Kind::kConstant, marked_to_, end, marked_to_, 0.0});
  }
  piece.marks.push_back(
      {TraceMark::Kind::kNoPicks, end - kBeforeEdge, end + after_edge_, end, 0.0});
}

void ConstantRuns::scan(TracePiece& piece) {
  if (piece.begins_segment) {
    reset();
  }
  const std::int64_t shortest = std::max(kFewestSamples, piece.rate.samples_ceil(kShortest));
  const auto size = static_cast<std::int64_t>(piece.samples.size());
  std::int64_t run_begin = -1;  // index in this piece; -1: before it
  for (std::int64_t i = 0; i < size; ++i) {
    const double sample = piece.samples[static_cast<std::size_t>(i)];
    if (count_ > 0 && sample == value_) {
      if (++count_ == shortest) {
        if (run_begin >= 0) {
          run_start_ = piece.start + piece.rate.span_of(run_begin);
        }
        open(piece, i);
      }
      continue;
    }
    if (count_ >= shortest) {
      close(piece, i);
    }
    value_ = sample;
    count_ = 1;
    run_begin = i;
  }
  if (run_begin >= 0) {
    run_start_ = piece.start + piece.rate.span_of(run_begin);
  }
  const Time end = piece.start + piece.rate.span_of(size);
  if (count_ >= shortest && end > marked_to_) {
    piece.marks.push_back({TraceMark::Kind::kConstant, marked_to_, end, marked_to_, 0.0});
    marked_to_ = end;
  }
}

}  // namespace geod::streams
