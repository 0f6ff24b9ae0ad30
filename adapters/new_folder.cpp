#include "adapters/new_folder.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "models/file_io.hpp"

namespace geod::adapters {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kFolderMode = 0755;

tl::unexpected<Error> failure(const fs::path& path, std::string_view what, int error) {
  return fail(error == ENOSPC || error == EDQUOT ? Errc::kStorageFull : Errc::kIo,
              "{}: cannot {}: {}",
              path.string(),
              what,
              error == EEXIST ? "the name is taken; give the bundle another version"
                              : std::generic_category().message(error));
}

/// Syncs a folder's entries; the errno, 0 for success.
int sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) {
    return errno;
  }
  const int error = ::fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  return error;
}

}  // namespace

Result<NewFolder> NewFolder::begin(const fs::path& path) {
  const fs::path parent = path.has_parent_path() ? path.parent_path() : fs::path(".");
  std::error_code error;
  fs::create_directories(parent, error);
  if (error) {
    return failure(parent, "make the folder", error.value());
  }
  if (fs::exists(fs::symlink_status(path, error))) {
    return failure(path, "write", EEXIST);
  }
  std::string beside = (parent / ("." + path.filename().string() + ".XXXXXX")).string();
  if (::mkdtemp(beside.data()) == nullptr) {
    return failure(path, "write", errno);
  }
  NewFolder folder(path, beside);
  if (::chmod(beside.c_str(), kFolderMode) != 0) {
    return failure(path, "write", errno);
  }
  return folder;
}

NewFolder::NewFolder(NewFolder&& other) noexcept
    : path_(std::move(other.path_)), beside_(std::exchange(other.beside_, {})) {}

NewFolder::~NewFolder() {
  if (!beside_.empty()) {
    std::error_code error;
    fs::remove_all(beside_, error);
  }
}

Result<void> NewFolder::write(const char* file, std::span<const std::byte> bytes) {
  const std::array chunks{bytes};
  return models::write_file_atomically(beside_ / file, chunks);
}

Result<void> NewFolder::finish() {
  if (const int error = sync_folder(beside_); error != 0) {
    return failure(path_, "sync", error);
  }
  if (::renameat2(AT_FDCWD, beside_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) != 0) {
    return failure(path_, "write", errno);
  }
  beside_.clear();
  const fs::path parent = path_.has_parent_path() ? path_.parent_path() : fs::path(".");
  if (const int error = sync_folder(parent); error != 0) {
    return failure(parent, "sync", error);
  }
  return {};
}

}  // namespace geod::adapters
