#pragma once

#include "core/time.hpp"

namespace geod::streams {

/// Leap seconds inside a record that starts at `start` and whose samples take `span`: how many
/// seconds its last samples lie earlier in UTC than start + span.
///
/// `declared` is what the record itself says (+1, -1 or 0). The built-in table decides for the
/// years it covers (1972 to 2025); only after them the record is believed. No file and no
/// environment variable can alter the answer. Source of the table: IERS Bulletin C.
int leap_seconds_inside(Time start, Duration span, int declared);

}  // namespace geod::streams
