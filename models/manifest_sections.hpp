#pragma once

#include <nlohmann/json_fwd.hpp>

#include "core/error.hpp"
#include "models/manifest.hpp"

namespace geod::models {

/// The sections "picks", "scalar", "segments" and "shots" of a manifest.json. Reading: members that
/// are not there keep their values; kModelMismatch naming the key for a wrong or unknown one.
/// Validating: kModelMismatch naming the value and what is allowed.

Result<void> read_section(const nlohmann::json& object, PickSettings& picks);
nlohmann::ordered_json to_section(const PickSettings& picks);
Result<void> validate_section(const PickSettings& picks, const SeisMollmGeometry& geometry);

Result<void> read_section(const nlohmann::json& object, ScalarSettings& scalar);
nlohmann::ordered_json to_section(const ScalarSettings& scalar);
Result<void> validate_section(const ScalarSettings& scalar);

/// "das" is a part of it for task das only.
Result<void> read_section(const nlohmann::json& object, Task task, SegmentSettings& segments);
nlohmann::ordered_json to_section(const SegmentSettings& segments, Task task);
Result<void> validate_section(const SegmentSettings& segments,
                              const SegmenterGeometry& geometry,
                              Task task);

Result<void> read_section(const nlohmann::json& object, InversionSettings& shots);
nlohmann::ordered_json to_section(const InversionSettings& shots);
Result<void> validate_section(const InversionSettings& shots);

}  // namespace geod::models
