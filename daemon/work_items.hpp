#pragma once

#include <string>
#include <variant>

#include "core/adapter_event.hpp"
#include "core/continuity.hpp"
#include "core/das_block.hpp"
#include "core/estimate.hpp"
#include "core/event.hpp"
#include "core/fibre_detection.hpp"
#include "core/fibre_places.hpp"
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

/// What a candidate in shadow says beside the active bundle of its task.
struct ShadowPick {
  Pick pick;
};
struct ShadowEstimate {
  Estimate estimate;
};

/// A bundle that is about to make rows.
struct AdapterRecord {
  std::string task;
  std::string adapter_id;
  std::string adapter_hash;
  std::string manifest_json;
};

/// Nothing more comes from geod-infer and geod-segment: what is left comes of the association.
struct EndOfPicks {};

/// From geod-infer, geod-segment, geod-assoc and geod-adapt to geod-sink. What belongs to a pick
/// comes after it.
using SinkItem = std::variant<Pick,
                              Estimate,
                              StationLocation,
                              CompletenessDelta,
                              ContinuityEvent,
                              ChannelInfo,
                              Cursor,
                              ShadowPick,
                              ShadowEstimate,
                              AdapterRecord,
                              AdapterEvent,
                              FibreDetection,
                              FibreGeometryChange,
                              FibrePlacesChange,
                              FibreGap,
                              FibreCompleteness,
                              EventChange,
                              EndOfPicks>;

}  // namespace geod
