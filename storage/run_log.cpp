#include "storage/run_log.hpp"

#include <string>
#include <utility>

namespace geod::storage {

Result<std::vector<RunRow>> read_runs(Database& database, std::size_t limit) {
  Result<Statement> statement = database.prepare(
      "SELECT started_ns, stopped_ns, version, config_hash, ifnull(reason, ''), "
      "ifnull(summary_json, '') FROM runs ORDER BY run_key DESC LIMIT ?");
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  statement->bind_all(static_cast<std::int64_t>(limit));
  std::vector<RunRow> runs;
  while (true) {
    const Result<bool> row = statement->step();
    if (!row) {
      return tl::unexpected(row.error());
    }
    if (!*row) {
      return runs;
    }
    RunRow run;
    run.started = time_from_ns(statement->integer(0));
    if (!statement->is_null(1)) {
      run.stopped = time_from_ns(statement->integer(1));
    }
    run.version = statement->text(2);
    run.config_hash = statement->text(3);
    run.reason = statement->text(4);
    run.summary_json = statement->text(5);
    runs.push_back(std::move(run));
  }
}

Result<std::vector<AdapterLogRow>> read_adapter_log(Database& database, std::size_t limit) {
  Result<Statement> statement = database.prepare(
      "SELECT log_key, time_ns, task, action, adapter_id, adapter_hash, reason FROM adapter_log "
      "ORDER BY log_key DESC LIMIT ?");
  if (!statement) {
    return tl::unexpected(statement.error());
  }
  statement->bind_all(static_cast<std::int64_t>(limit));
  std::vector<AdapterLogRow> rows;
  while (true) {
    const Result<bool> row = statement->step();
    if (!row) {
      return tl::unexpected(row.error());
    }
    if (!*row) {
      return rows;
    }
    rows.push_back({statement->integer(0),
                    {time_from_ns(statement->integer(1)),
                     std::string(statement->text(2)),
                     std::string(statement->text(3)),
                     std::string(statement->text(4)),
                     std::string(statement->text(5)),
                     std::string(statement->text(6))}});
  }
}

}  // namespace geod::storage
