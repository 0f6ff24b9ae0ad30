#pragma once

#include <variant>

#include "core/continuity.hpp"
#include "core/pick.hpp"
#include "core/source_id.hpp"
#include "core/window.hpp"

namespace geod {

/// No further window of this instrument will come: its decoder finishes what it holds.
struct InstrumentEnd {
  InstrumentId instrument;
};

/// From geod-io to geod-infer, in stream order. What is not a window passes through to the sink, so
/// that a cursor is committed after the picks of the data before it.
using StreamItem = std::variant<Window, InstrumentEnd, ContinuityEvent, ChannelInfo, Cursor>;

/// From geod-infer to geod-sink.
using SinkItem = std::variant<Pick, CompletenessDelta, ContinuityEvent, ChannelInfo, Cursor>;

}  // namespace geod
