#pragma once

#include <cstdint>
#include <string>

#include "core/error.hpp"
#include "daemon/control.hpp"
#include "models/geometry.hpp"
#include "models/image_pass.hpp"
#include "models/manifest.hpp"
#include "models/segmentation.hpp"

namespace geod {

/// An image that somebody wants segmented.
struct SegmentRequest {
  models::Task task = models::Task::kDas;
  std::string bundle;  ///< that must serve the task; empty: whatever does
  models::Tile image;  ///< values from 0 to 255, as the network was trained
};

/// {"command": "segment", "task": "salt", "rows": 101, "columns": 101, "bundle": "ridge-2"} and one
/// array: rows * columns float32, row by row.
ControlMessage to_message(const SegmentRequest& request);

/// kConfig with what is missing or wrong; kUnsupported above `max_bytes` of values.
Result<SegmentRequest> parse_segment_request(ControlMessage message, std::uint64_t max_bytes);

/// The answer: {"task", "rows", "columns", "classes", "class_names", "model", "model_hash",
/// "adapter", "adapter_hash", "tiles"} and two arrays: the mask, rows * columns uint8; and the
/// probabilities, classes * rows * columns float32. `network`: what served.
ControlMessage to_message(const models::SegmentedImage& image,
                          models::Task task,
                          const models::NetworkHost& network,
                          std::size_t tiles);
ControlMessage to_message(const Error& error);

/// What a client reads of an answer.
struct SegmentAnswer {
  models::SegmentedImage image;
  std::string json;  ///< as it came
};
/// The error of the daemon where it sent one; kProtocol when arrays and text do not fit.
Result<SegmentAnswer> parse_segment_answer(ControlMessage message);

}  // namespace geod
