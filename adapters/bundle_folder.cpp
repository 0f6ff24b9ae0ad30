#include "adapters/bundle_folder.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace geod::adapters {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 5> kFiles{
    kManifestFile, kConfigFile, kAdapterFile, kHeadFile, kReadmeFile};
constexpr std::size_t kMaxShownBytes = 64;

std::string reason(int error) {
  return std::generic_category().message(error);
}

/// Without the slash at its end, with which a symbolic link would be followed.
fs::path without_slash(const fs::path& path) {
  return path.has_filename() || !path.has_parent_path() ? path : path.parent_path();
}

class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) {
      ::close(value_);
    }
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }

 private:
  int value_;
};

}  // namespace

Result<BundleFolder> BundleFolder::open(const fs::path& path) {
  const fs::path plain = without_slash(path);
  const int descriptor =
      ::open(plain.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    const int error = errno;
    if (error == ELOOP || error == ENOTDIR) {
      return fail(
          Errc::kUnsupported, "{}: is no folder (a symbolic link is not followed)", plain.string());
    }
    return fail(error == ENOENT ? Errc::kNotFound : Errc::kIo,
                "{}: cannot open: {}",
                plain.string(),
                reason(error));
  }
  BundleFolder folder(descriptor, plain);
  if (auto ok = folder.list(); !ok) {
    return fail_with(ok.error(), plain.string());
  }
  return folder;
}

BundleFolder::BundleFolder(BundleFolder&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      path_(std::move(other.path_)),
      files_(std::move(other.files_)) {}

BundleFolder::~BundleFolder() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

Result<void> BundleFolder::list() {
  const int copy = ::openat(descriptor_, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const auto close_folder = [](DIR* folder) { ::closedir(folder); };
  const std::unique_ptr<DIR, decltype(close_folder)> folder(copy < 0 ? nullptr : ::fdopendir(copy),
                                                            close_folder);
  if (folder == nullptr) {
    return fail(Errc::kIo, "cannot list: {}", reason(errno));
  }
  while (const dirent* entry = ::readdir(folder.get())) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") {
      continue;
    }
    if (std::find(kFiles.begin(), kFiles.end(), name) == kFiles.end()) {
      return fail(Errc::kUnsupported,
                  "holds '{}', which is no part of a bundle; take it away",
                  name.substr(0, kMaxShownBytes));
    }
    struct stat status {};
    if (::fstatat(descriptor_, entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(status.st_mode)) {
      return fail(Errc::kUnsupported, "'{}' is not a regular file", name);
    }
    files_.emplace(name);
  }
  return {};
}

Result<std::vector<std::byte>> BundleFolder::read(const char* file,
                                                  std::uint64_t limit_bytes) const {
  const std::string shown = (path_ / file).string();
  // Non-blocking, so that a FIFO in the file's place cannot hang the caller.
  const Descriptor descriptor(
      ::openat(descriptor_, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (descriptor.get() < 0) {
    const int error = errno;
    if (error == ELOOP) {
      return fail(Errc::kUnsupported, "{}: is a symbolic link, which is not followed", shown);
    }
    return fail(
        error == ENOENT ? Errc::kNotFound : Errc::kIo, "{}: cannot open: {}", shown, reason(error));
  }
  struct stat status {};
  if (::fstat(descriptor.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return fail(Errc::kUnsupported, "{}: is not a regular file", shown);
  }
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > limit_bytes) {
    return fail(Errc::kCorruptRecord, "{}: {} bytes, allowed are {}", shown, size, limit_bytes);
  }
  std::vector<std::byte> bytes(size);
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t got = ::read(descriptor.get(), bytes.data() + done, bytes.size() - done);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return fail(Errc::kIo, "{}: cannot read: {}", shown, reason(errno));
    }
    if (got == 0) {
      return fail(Errc::kCorruptRecord, "{}: was cut short while being read", shown);
    }
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

}  // namespace geod::adapters
