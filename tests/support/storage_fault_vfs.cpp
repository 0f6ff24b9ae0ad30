#include "tests/support/storage_fault_vfs.hpp"

#include <cstddef>

#include <sqlite3.h>

namespace geod::storage {
namespace {

/// SQLite allocates szOsFile bytes: ours, then the real file system's.
struct FaultFile {
  sqlite3_file base;
  sqlite3_file* real;
};

struct State {
  sqlite3_vfs* real = nullptr;
  sqlite3_vfs vfs{};
  std::int64_t calls_until_failure = 0;  // 0: none planned
  int result_code = SQLITE_OK;
  bool is_full = false;
  bool has_failed = false;
};
State state;  // sqlite3_vfs methods are plain functions

sqlite3_file* real_of(sqlite3_file* file) {
  return reinterpret_cast<FaultFile*>(file)->real;
}

/// What the call that is about to be made must answer instead, or SQLITE_OK.
int planned_failure(bool is_write) {
  if (state.is_full && is_write) {
    state.has_failed = true;
    return SQLITE_FULL;
  }
  if (state.calls_until_failure > 0 && --state.calls_until_failure == 0) {
    state.has_failed = true;
    return state.result_code;
  }
  return SQLITE_OK;
}

int close_file(sqlite3_file* file) {
  return real_of(file)->pMethods->xClose(real_of(file));
}
int read_file(sqlite3_file* file, void* to, int bytes, sqlite3_int64 at) {
  return real_of(file)->pMethods->xRead(real_of(file), to, bytes, at);
}
int write_file(sqlite3_file* file, const void* from, int bytes, sqlite3_int64 at) {
  const int failure = planned_failure(true);
  if (failure != SQLITE_OK) {
    // As a disk does it: the first half arrives.
    real_of(file)->pMethods->xWrite(real_of(file), from, bytes / 2, at);
    return failure;
  }
  return real_of(file)->pMethods->xWrite(real_of(file), from, bytes, at);
}
int truncate_file(sqlite3_file* file, sqlite3_int64 bytes) {
  return real_of(file)->pMethods->xTruncate(real_of(file), bytes);
}
int sync_file(sqlite3_file* file, int flags) {
  const int failure = planned_failure(false);
  return failure != SQLITE_OK ? failure : real_of(file)->pMethods->xSync(real_of(file), flags);
}
int file_size(sqlite3_file* file, sqlite3_int64* bytes) {
  return real_of(file)->pMethods->xFileSize(real_of(file), bytes);
}
int lock_file(sqlite3_file* file, int level) {
  return real_of(file)->pMethods->xLock(real_of(file), level);
}
int unlock_file(sqlite3_file* file, int level) {
  return real_of(file)->pMethods->xUnlock(real_of(file), level);
}
int check_lock(sqlite3_file* file, int* is_locked) {
  return real_of(file)->pMethods->xCheckReservedLock(real_of(file), is_locked);
}
int control_file(sqlite3_file* file, int operation, void* argument) {
  return real_of(file)->pMethods->xFileControl(real_of(file), operation, argument);
}
int sector_size(sqlite3_file* file) {
  return real_of(file)->pMethods->xSectorSize(real_of(file));
}
int device_characteristics(sqlite3_file* file) {
  return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}
int shm_map(sqlite3_file* file, int page, int bytes, int extend, void volatile** map) {
  return real_of(file)->pMethods->xShmMap(real_of(file), page, bytes, extend, map);
}
int shm_lock(sqlite3_file* file, int offset, int n, int flags) {
  return real_of(file)->pMethods->xShmLock(real_of(file), offset, n, flags);
}
void shm_barrier(sqlite3_file* file) {
  real_of(file)->pMethods->xShmBarrier(real_of(file));
}
int shm_unmap(sqlite3_file* file, int remove) {
  return real_of(file)->pMethods->xShmUnmap(real_of(file), remove);
}

const sqlite3_io_methods kMethods{2,
                                  close_file,
                                  read_file,
                                  write_file,
                                  truncate_file,
                                  sync_file,
                                  file_size,
                                  lock_file,
                                  unlock_file,
                                  check_lock,
                                  control_file,
                                  sector_size,
                                  device_characteristics,
                                  shm_map,
                                  shm_lock,
                                  shm_barrier,
                                  shm_unmap,
                                  nullptr,
                                  nullptr};

int open_file(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto* ours = reinterpret_cast<FaultFile*>(file);
  ours->real = reinterpret_cast<sqlite3_file*>(ours + 1);
  const int result_code = state.real->xOpen(state.real, name, ours->real, flags, out_flags);
  ours->base.pMethods = ours->real->pMethods == nullptr ? nullptr : &kMethods;
  return result_code;
}

}  // namespace

FaultVfs::FaultVfs() {
  state = State{};
  state.real = sqlite3_vfs_find(nullptr);
  state.vfs = *state.real;
  state.vfs.zName = "geod-fault";
  state.vfs.szOsFile = static_cast<int>(sizeof(FaultFile)) + state.real->szOsFile;
  state.vfs.xOpen = open_file;
  sqlite3_vfs_register(&state.vfs, 1);
}

FaultVfs::~FaultVfs() {
  sqlite3_vfs_unregister(&state.vfs);
  sqlite3_vfs_register(state.real, 1);
}

void FaultVfs::fail_call(std::int64_t n, int result_code) {
  state.calls_until_failure = n;
  state.result_code = result_code;
  state.has_failed = false;
}
void FaultVfs::fill_disk() {
  state.is_full = true;
  state.has_failed = false;
}
void FaultVfs::heal() {
  state.calls_until_failure = 0;
  state.is_full = false;
}
bool FaultVfs::has_failed() const {
  return state.has_failed;
}

}  // namespace geod::storage
