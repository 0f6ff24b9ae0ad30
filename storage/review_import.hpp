#pragma once

#include <vector>

#include "core/error.hpp"
#include "core/time.hpp"
#include "storage/batch.hpp"
#include "storage/database.hpp"

namespace geod::storage {

/// Writes reviews beside a running daemon or without one; it waits for the writer like any other,
/// up to the busy timeout. In transactions of a few hundred each, so that the daemon's commits are
/// not held up: after a failure those before it are stored, and the same again adds the rest.
/// The answer is as of Store::commit. `now` is wall time.
Result<Committed> import_reviews(Database& database,
                                 const std::vector<ReviewRow>& reviews,
                                 Time now);

}  // namespace geod::storage
