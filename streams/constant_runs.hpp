#pragma once

#include <cstdint>

#include "core/time.hpp"
#include "streams/trace_piece.hpp"

namespace geod::streams {

/// Finds runs of unchanging raw samples (padding, a dead channel) of at least 0.5 s and marks them:
/// the inside as kConstant, and around both edges a span without picks, because a network takes
/// such an edge for an onset. Looks only back, so the marks do not depend on record lengths.
class ConstantRuns {
 public:
  /// Shortest run that counts, and how far before an edge picks are refused.
  static constexpr Duration kShortest = std::chrono::milliseconds{500};
  static constexpr Duration kBeforeEdge = std::chrono::milliseconds{200};
  /// At low rates a run has at least this many samples.
  static constexpr std::int64_t kFewestSamples = 5;

  /// `after_edge`: how long after an edge picks are refused.
  explicit ConstantRuns(Duration after_edge) : after_edge_(after_edge) {}

  /// Adds to `piece.marks`. Pieces must come in order; a piece that begins a segment starts afresh.
  void scan(TracePiece& piece);

  /// Forgets the current run: what follows is not adjacent.
  void reset() { count_ = 0; }

 private:
  void open(TracePiece& piece, std::int64_t at);
  void close(TracePiece& piece, std::int64_t at);

  Duration after_edge_;
  double value_ = 0.0;
  std::int64_t count_ = 0;  ///< samples in the current run; 0: none
  Time run_start_;
  Time marked_to_;  ///< end of the kConstant span so far, while a run is open
};

}  // namespace geod::streams
