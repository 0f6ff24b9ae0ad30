#include "adapters/install_bundle.hpp"

#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/adapter_store.hpp"

namespace geod::adapters {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kCopyBytes = std::size_t{1} << 20;
/// A bundle has four files and perhaps a README.
constexpr std::size_t kMaxFiles = 16;

tl::unexpected<Error> failed(const fs::path& path, std::string_view doing, int error) {
  const bool is_full = error == ENOSPC || error == EDQUOT;
  return fail(is_full ? Errc::kStorageFull : Errc::kIo,
              "{}: cannot {}: {}",
              path.string(),
              doing,
              std::generic_category().message(error));
}

/// A file descriptor that is closed with it.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (value_ >= 0) {
      ::close(value_);
    }
  }
  int get() const { return value_; }

 private:
  int value_;
};

Result<std::vector<std::string>> files_of(const fs::path& source, int folder) {
  DIR* listing = ::fdopendir(::dup(folder));
  if (listing == nullptr) {
    return failed(source, "list", errno);
  }
  std::vector<std::string> names;
  while (const dirent* entry = ::readdir(listing)) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") {
      names.push_back(name);
    }
    if (names.size() > kMaxFiles) {
      break;
    }
  }
  ::closedir(listing);
  if (names.size() > kMaxFiles) {
    return fail(Errc::kUnsupported,
                "{}: more than {} files; a bundle holds its four and a README.md, no more",
                source.string(),
                kMaxFiles);
  }
  return names;
}

Result<void> copy_bytes(int from, int to, const fs::path& from_path, const fs::path& to_path) {
  std::vector<char> buffer(kCopyBytes);
  std::uint64_t copied = 0;
  while (true) {
    const ssize_t got = ::read(from, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return failed(from_path, "read", errno);
    }
    if (got == 0) {
      return ::fsync(to) == 0 ? Result<void>{} : failed(to_path, "write", errno);
    }
    copied += static_cast<std::uint64_t>(got);
    if (copied > kMaxBundleFileBytes) {
      return fail(Errc::kUnsupported, "{}: larger than any adapter", from_path.string());
    }
    for (ssize_t done = 0; done < got;) {
      const ssize_t written =
          ::write(to, buffer.data() + done, static_cast<std::size_t>(got - done));
      if (written < 0 && errno != EINTR) {
        return failed(to_path, "write", errno);
      }
      done += written > 0 ? written : 0;
    }
  }
}

Result<void> copy_file(int folder,
                       const std::string& name,
                       const fs::path& source,
                       const fs::path& target) {
  const fs::path from_path = source / name;
  // Non-blocking, so that a FIFO cannot hang the command.
  const Descriptor from(
      ::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (from.get() < 0) {
    return errno == ELOOP ? fail(Errc::kUnsupported, "{}: is a symbolic link", from_path.string())
                          : failed(from_path, "open", errno);
  }
  struct stat status {};
  if (::fstat(from.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return fail(Errc::kUnsupported, "{}: is not a regular file", from_path.string());
  }
  const fs::path to_path = target / name;
  const Descriptor to(
      ::open(to_path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (to.get() < 0) {
    return failed(to_path, "make", errno);
  }
  return copy_bytes(from.get(), to.get(), from_path, to_path);
}

Result<void> copy_folder(const fs::path& source, const fs::path& target) {
  const Descriptor folder(::open(source.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0) {
    return failed(source, "open", errno);
  }
  const auto names = files_of(source, folder.get());
  if (!names) {
    return tl::unexpected(names.error());
  }
  for (const std::string& name : *names) {
    if (auto copied = copy_file(folder.get(), name, source, target); !copied) {
      return copied;
    }
  }
  return {};
}

}  // namespace

Result<void> install_bundle(const fs::path& source,
                            const fs::path& directory,
                            const std::string& bundle) {
  if (!is_bundle_name(bundle)) {
    return fail(Errc::kConfig,
                "'{}' is not the name of a bundle; write NAME-VERSION of A-Z a-z 0-9 . _ -",
                bundle);
  }
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) {
    return failed(directory, "make", error.value());
  }
  // Dot names are nothing to the watcher; the number keeps two commands apart.
  const fs::path beside = directory / fmt::format(".incoming-{}-{}", bundle, ::getpid());
  if (::mkdir(beside.c_str(), 0755) != 0) {
    return failed(beside, "make", errno);
  }
  auto copied = copy_folder(source, beside);
  const fs::path target = directory / bundle;
  if (copied &&
      ::renameat2(AT_FDCWD, beside.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE) != 0) {
    copied = errno == EEXIST
                 ? fail(Errc::kIo,
                        "{} is there already; a bundle is never overwritten: give the new one "
                        "another version, or remove the old one first",
                        target.string())
                 : failed(target, "make", errno);
  }
  if (!copied) {
    fs::remove_all(beside, error);
  }
  return copied;
}

}  // namespace geod::adapters
