#pragma once

#include <cstdint>

namespace geod::storage {

/// While it lives, SQLite's default file system passes through it, and the writes and syncs of
/// every connection opened meanwhile can be made to fail. One at a time; one thread.
class FaultVfs {
 public:
  FaultVfs();
  ~FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  /// The n-th write or sync from now on (from 1) fails with `result_code`, and only that one.
  void fail_call(std::int64_t n, int result_code);
  /// Every write fails with SQLITE_FULL until heal(): a full disk.
  void fill_disk();
  void heal();

  /// True when a call was made to fail since the last fail_call or fill_disk.
  bool has_failed() const;
};

}  // namespace geod::storage
