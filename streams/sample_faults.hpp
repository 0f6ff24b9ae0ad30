#pragma once

#include "core/time.hpp"
#include "streams/trace_piece.hpp"

namespace geod::streams {

/// Beyond this no instrument counts and float overflows: such a sample is as good as missing.
inline constexpr double kLargestSample = 1e30;

/// `sample`, or `replacement` when it is not finite or absurdly large.
double usable_or(double sample, double replacement);

/// Replaces samples of `piece` that are not finite or absurdly large by the last usable one before
/// (`last_value` before the piece) and marks them missing, without picks until `after` later.
void mark_unusable_samples(TracePiece& piece, double last_value, Duration after);

}  // namespace geod::streams
