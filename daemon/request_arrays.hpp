#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "core/error.hpp"

namespace geod {

/// What requests and answers with arrays share (segment_request, inversion_request).

/// Values as they lie in memory, little-endian, and back.
std::string bytes_of(std::span<const float> values);
std::vector<float> floats_of(const std::string& bytes);

/// A member that is a text, or "".
std::string text_of(const nlohmann::json& root, const char* key);

/// A size: kConfig unless it is a whole number from 1 to 2^20, so that the product of two stays far
/// from the end of 64 bits.
Result<std::int64_t> side_of(const nlohmann::json& root, const char* key);

/// The error that an answer {"error", "code"} brings.
Error error_of(const nlohmann::json& root);

}  // namespace geod
