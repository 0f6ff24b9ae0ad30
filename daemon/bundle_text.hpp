#pragma once

#include <string>

#include "adapters/bundle.hpp"

namespace geod {

/// What `geod adapters show` prints; both end with a newline. The JSON object has adapter_id,
/// adapter_hash, task, base (model_id, weights_sha256), lora (rank, alpha, target_modules; or
/// null), tensors, values, bytes, picks or scalar, scores, provenance.
std::string bundle_text(const adapters::Bundle& bundle);
std::string bundle_json(const adapters::Bundle& bundle);

}  // namespace geod
