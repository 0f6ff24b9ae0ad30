#pragma once

#include <optional>
#include <string_view>

#include "models/pickle.hpp"

namespace geod::models {

/// True for the names that checkpoints of networks, optimisers and schedules refer to.
bool is_known_name(std::string_view name);

/// ('storage', type, key, location, elements): the storage, or nothing for any other tuple. The
/// location ("cuda:0") does not matter here.
std::optional<PickleStorage> storage_of(const PickleTuple& id);

/// What a known function would return: a dictionary, a tensor, or an opaque value. Nothing for any
/// other function or for arguments that do not fit.
std::optional<PickleValue::Data> call_of(std::string_view function, const PickleTuple& arguments);

}  // namespace geod::models
