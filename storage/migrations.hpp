#pragma once

#include <span>

#include "core/error.hpp"

namespace geod::storage {

class Database;

/// One step of the schema. Entry i of a list brings a database from version i to version i + 1.
struct Migration {
  const char* name;
  const char* sql;
};

/// All migrations of this build, oldest first, compiled in from storage/schema/*.sql.
std::span<const Migration> migrations();

/// Marks a file as geod's: `PRAGMA application_id`, the bytes "geod".
inline constexpr int kApplicationId = 0x67656F64;

/// What is in a database file: its schema version, or 0 when it is empty.
/// kUnsupported when the file belongs to another program or its schema is newer than `all`.
Result<int> schema_version(Database& database, std::span<const Migration> all = migrations());

/// Brings the schema up to date in one transaction: all missing steps or none. Safe when two
/// processes do it at once. Errors as schema_version and those of the database.
Result<void> migrate(Database& database, std::span<const Migration> all = migrations());

}  // namespace geod::storage
