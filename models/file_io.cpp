#include "models/file_io.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "models/sha256.hpp"

namespace geod::models {
namespace {

std::string reason(int error) {
  return std::generic_category().message(error);
}

tl::unexpected<Error> write_failure(const std::filesystem::path& path, int error) {
  const bool is_full = error == ENOSPC || error == EDQUOT;
  return fail(is_full ? Errc::kStorageFull : Errc::kIo,
              "{}: cannot write: {}",
              path.string(),
              reason(error));
}

/// Writes and syncs everything; the errno of the first failure, 0 for success.
int write_all(int descriptor, std::span<const std::span<const std::byte>> chunks) {
  for (std::span<const std::byte> rest : chunks) {
    while (!rest.empty()) {
      const ssize_t written = ::write(descriptor, rest.data(), rest.size());
      if (written < 0) {
        if (errno == EINTR) {
          continue;
        }
        return errno;
      }
      rest = rest.subspan(static_cast<std::size_t>(written));
    }
  }
  return ::fsync(descriptor) == 0 ? 0 : errno;
}

void sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor >= 0) {
    ::fsync(descriptor);
    ::close(descriptor);
  }
}

}  // namespace

Result<InputFile> InputFile::open(const std::filesystem::path& path) {
  // Non-blocking, so that a FIFO in the file's place cannot hang the caller.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    return fail(errno == ENOENT || errno == ENOTDIR ? Errc::kNotFound : Errc::kIo,
                "{}: cannot open: {}",
                path.string(),
                reason(errno));
  }
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor);
    return fail(Errc::kIo, "{}: not a regular file", path.string());
  }
  return InputFile(descriptor, static_cast<std::uint64_t>(status.st_size), path);
}

InputFile InputFile::in_memory(std::vector<std::byte> bytes, std::filesystem::path path) {
  InputFile file(-1, bytes.size(), std::move(path));
  file.bytes_ = std::move(bytes);
  return file;
}

InputFile::InputFile(InputFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      bytes_(std::move(other.bytes_)),
      size_(other.size_),
      path_(std::move(other.path_)) {}

InputFile::~InputFile() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

Result<void> InputFile::read(std::uint64_t offset, std::span<std::byte> out) const {
  if (offset > size_ || out.size() > size_ - offset) {
    return fail(Errc::kCorruptRecord,
                "{}: {} bytes at offset {} lie beyond its end ({} bytes)",
                path_.string(),
                out.size(),
                offset,
                size_);
  }
  if (descriptor_ < 0) {
    std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
    return {};
  }
  while (!out.empty()) {
    const ssize_t got = ::pread(descriptor_, out.data(), out.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return fail(Errc::kIo, "{}: cannot read: {}", path_.string(), reason(errno));
    }
    if (got == 0) {
      return fail(Errc::kCorruptRecord, "{}: was cut short while being read", path_.string());
    }
    offset += static_cast<std::uint64_t>(got);
    out = out.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

Result<std::string> InputFile::sha256() const {
  constexpr std::size_t kChunkBytes = std::size_t{1} << 20;
  std::vector<std::byte> buffer(kChunkBytes);
  Sha256 hash;
  for (std::uint64_t offset = 0; offset < size_;) {
    const std::uint64_t rest = size_ - offset;
    const auto length = static_cast<std::size_t>(rest < kChunkBytes ? rest : kChunkBytes);
    const std::span<std::byte> chunk = std::span(buffer).first(length);
    if (auto ok = read(offset, chunk); !ok) {
      return tl::unexpected(ok.error());
    }
    hash.update(chunk);
    offset += length;
  }
  return hash.finish();
}

Result<void> write_file_atomically(const std::filesystem::path& path,
                                   std::span<const std::span<const std::byte>> chunks) {
  std::string beside = path.string() + ".XXXXXX";
  const int descriptor = ::mkostemp(beside.data(), O_CLOEXEC);
  if (descriptor < 0) {
    return write_failure(path, errno);
  }
  int error = write_all(descriptor, chunks);
  constexpr mode_t kReadableByAll = 0644;
  if (error == 0 && ::fchmod(descriptor, kReadableByAll) != 0) {
    error = errno;
  }
  if (::close(descriptor) != 0 && error == 0) {
    error = errno;
  }
  if (error == 0 && ::rename(beside.c_str(), path.c_str()) != 0) {
    error = errno;
  }
  if (error != 0) {
    ::unlink(beside.c_str());
    return write_failure(path, error);
  }
  sync_folder(path.has_parent_path() ? path.parent_path() : ".");
  return {};
}

Result<std::string> read_text_file(const std::filesystem::path& path, std::uint64_t limit_bytes) {
  const auto file = InputFile::open(path);
  if (!file) {
    return tl::unexpected(file.error());
  }
  if (file->size() > limit_bytes) {
    return fail(Errc::kCorruptRecord,
                "{}: {} bytes, allowed are {}",
                path.string(),
                file->size(),
                limit_bytes);
  }
  std::string text(file->size(), '\0');
  if (auto ok = file->read(0, std::as_writable_bytes(std::span(text))); !ok) {
    return tl::unexpected(ok.error());
  }
  return text;
}

}  // namespace geod::models
