#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "daemon/control.hpp"
#include "models/inversion.hpp"

namespace geod {

/// Shots that somebody wants inverted, each set of them into a velocity map.
struct InversionRequest {
  std::string bundle;  ///< that must serve fwi; empty: whatever does
  /// At least one, all of one size.
  std::vector<models::Shots> sets;
};

/// {"command": "invert", "sets": 2, "sources": 5, "times": 1000, "receivers": 70, "bundle":
/// "fvb-2"} and one array: sets * sources * times * receivers float32, row by row.
ControlMessage to_message(const InversionRequest& request);

/// kConfig with what is missing or wrong; kUnsupported above `max_bytes` of values.
Result<InversionRequest> parse_inversion_request(ControlMessage message, std::uint64_t max_bytes);

/// The answer: {"sets", "depths", "offsets", "cell_m", "velocity_min_m_s", "velocity_max_m_s",
/// "model", "model_hash", "adapter", "adapter_hash"} and one array, sets * depths * offsets float32
/// in m/s. `network`: what served.
ControlMessage to_message(const models::VelocityMaps& maps, const models::NetworkHost& network);

/// What a client reads of an answer.
struct InversionAnswer {
  models::VelocityMaps maps;
  std::string json;  ///< as it came
};
/// The error of the daemon where it sent one; kProtocol when array and text do not fit.
Result<InversionAnswer> parse_inversion_answer(ControlMessage message);

}  // namespace geod
