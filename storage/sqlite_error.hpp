#pragma once

#include <string_view>

#include "core/error.hpp"

struct sqlite3;

namespace geod::storage {

/// The last failure of `connection` as an error: `result_code` gives the Errc, `file` and a remedy
/// go into the text.
///
/// kStorageBusy: locked past the busy timeout. kStorageFull: no space or quota left.
/// kCorruptRecord: damaged or not a database. kCancelled: interrupted. kIo: all else.
Error sqlite_error(sqlite3* connection, int result_code, std::string_view file);

}  // namespace geod::storage
