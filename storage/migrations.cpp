#include "storage/migrations.hpp"

#include <cstdint>

#include "storage/database.hpp"

namespace geod::storage {

Result<int> schema_version(Database& database, std::span<const Migration> all) {
  const Result<std::int64_t> application = database.query_integer("PRAGMA application_id");
  if (!application) {
    return tl::unexpected(application.error());
  }
  const Result<std::int64_t> objects = database.query_integer("SELECT count(*) FROM sqlite_schema");
  if (!objects) {
    return tl::unexpected(objects.error());
  }
  if (*application != kApplicationId) {
    if (*application == 0 && *objects == 0) {
      return 0;
    }
    return fail(Errc::kUnsupported,
                "{}: an SQLite database, but not one of geod; name another file",
                database.file());
  }
  const Result<std::int64_t> version = database.query_integer("PRAGMA user_version");
  if (!version) {
    return tl::unexpected(version.error());
  }
  if (*version > static_cast<std::int64_t>(all.size()) || *version < 0) {
    return fail(Errc::kUnsupported,
                "{}: schema version {}, this geod knows versions up to {}; install a newer geod or "
                "restore an older backup",
                database.file(),
                *version,
                all.size());
  }
  return static_cast<int>(*version);
}

Result<void> migrate(Database& database, std::span<const Migration> all) {
  Result<int> version = schema_version(database, all);
  if (!version) {
    return tl::unexpected(version.error());
  }
  if (static_cast<std::size_t>(*version) == all.size()) {
    return {};
  }
  Result<Transaction> transaction = Transaction::begin(database);
  if (!transaction) {
    return tl::unexpected(transaction.error());
  }
  version = schema_version(database, all);  // another process may have been faster
  if (!version) {
    return tl::unexpected(version.error());
  }
  for (auto step = static_cast<std::size_t>(*version); step < all.size(); ++step) {
    if (const Result<void> done = database.execute(all[step].sql); !done) {
      return fail_with(done.error(), fmt::format("migration {}", all[step].name));
    }
  }
  const Result<void> stamped = database.execute(fmt::format(
      "PRAGMA application_id = {}; PRAGMA user_version = {}", kApplicationId, all.size()));
  if (!stamped) {
    return stamped;
  }
  return transaction->commit();
}

}  // namespace geod::storage
