#include "daemon/output_file.hpp"

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace geod {

Result<OutputFile> OutputFile::open(const std::filesystem::path& path) {
  if (path == "-") {
    return OutputFile(path, {}, stdout);
  }
  std::string beside = path.string() + ".XXXXXX";
  const int descriptor = ::mkostemp(beside.data(), O_CLOEXEC);
  if (descriptor < 0) {
    return fail(Errc::kIo, "{}: cannot be written: {}", path.string(), std::strerror(errno));
  }
  constexpr mode_t kReadableByAll = 0644;
  std::FILE* stream =
      ::fchmod(descriptor, kReadableByAll) == 0 ? ::fdopen(descriptor, "wb") : nullptr;
  if (stream == nullptr) {
    const int error = errno;
    ::close(descriptor);
    ::unlink(beside.c_str());
    return fail(Errc::kIo, "{}: cannot be written: {}", path.string(), std::strerror(error));
  }
  return OutputFile(path, beside, stream);
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : path_(std::move(other.path_)),
      beside_(std::move(other.beside_)),
      stream_(std::exchange(other.stream_, nullptr)) {}

OutputFile::~OutputFile() {
  if (stream_ != nullptr && stream_ != stdout) {
    std::fclose(stream_);
    ::unlink(beside_.c_str());
  }
}

void OutputFile::write(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stream_);  // finish() asks for the stream's error
}

Result<void> OutputFile::finish() {
  std::FILE* stream = std::exchange(stream_, nullptr);
  bool done = std::fflush(stream) == 0 && std::ferror(stream) == 0;
  if (stream == stdout) {
    return done ? Result<void>{} : fail(Errc::kIo, "standard output: not all could be written");
  }
  done = done && ::fsync(::fileno(stream)) == 0;
  const int error = errno;
  done = std::fclose(stream) == 0 && done;
  std::error_code moved;
  if (done) {
    std::filesystem::rename(beside_, path_, moved);
  }
  if (!done || moved) {
    ::unlink(beside_.c_str());
    return fail(Errc::kIo,
                "{}: cannot be written: {}",
                path_.string(),
                moved ? moved.message() : std::strerror(error));
  }
  return {};
}

}  // namespace geod
