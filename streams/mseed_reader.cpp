#include "streams/mseed_reader.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "streams/mseed_splitter.hpp"

namespace geod::streams {
namespace {

/// Several of the longest records, so that most of them are read without moving bytes.
constexpr std::size_t kBufferBytes = 8 * kMaxRecordBytes;
/// Fewer bytes than this at the end of a file are padding, not the head of a lost record.
constexpr std::size_t kShortestHeaderBytes = 40;

}  // namespace

Result<MseedReader> MseedReader::open(const std::filesystem::path& path, std::uint64_t offset) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    const int error = errno;
    return fail(error == ENOENT ? Errc::kNotFound : Errc::kIo,
                "{}: {}",
                path.string(),
                std::strerror(error));
  }
  MseedReader reader(path, descriptor, offset);
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    return fail(Errc::kIo, "{}: not a regular file", path.string());
  }
  return reader;
}

MseedReader::MseedReader(std::filesystem::path path, int descriptor, std::uint64_t offset)
    : path_(std::move(path)),
      descriptor_(descriptor),
      buffer_(kBufferBytes),
      buffer_offset_(offset) {}

MseedReader::MseedReader(MseedReader&& other) noexcept
    : path_(std::move(other.path_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      buffer_(std::move(other.buffer_)),
      buffer_offset_(other.buffer_offset_),
      begin_(other.begin_),
      end_(other.end_),
      at_end_(other.at_end_),
      read_error_(other.read_error_),
      skipped_bytes_(other.skipped_bytes_) {}

MseedReader& MseedReader::operator=(MseedReader&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(buffer_, other.buffer_);
  std::swap(buffer_offset_, other.buffer_offset_);
  std::swap(begin_, other.begin_);
  std::swap(end_, other.end_);
  std::swap(at_end_, other.at_end_);
  std::swap(read_error_, other.read_error_);
  std::swap(skipped_bytes_, other.skipped_bytes_);
  return *this;
}

MseedReader::~MseedReader() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

std::span<const std::byte> MseedReader::unread() const {
  return std::span(buffer_).subspan(begin_, end_ - begin_);
}

void MseedReader::fill(std::size_t wanted) {
  if (end_ - begin_ >= wanted || at_end_) {
    return;
  }
  if (begin_ + wanted > buffer_.size()) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    buffer_offset_ += begin_;
    end_ -= begin_;
    begin_ = 0;
  }
  while (end_ - begin_ < wanted) {
    const ssize_t got = ::pread(descriptor_,
                                buffer_.data() + end_,
                                buffer_.size() - end_,
                                static_cast<off_t>(buffer_offset_ + end_));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      read_error_ = got < 0 ? errno : 0;
      at_end_ = true;
      return;
    }
    end_ += static_cast<std::size_t>(got);
  }
}

void MseedReader::skip(std::size_t bytes) {
  begin_ += bytes;
  skipped_bytes_ += bytes;
}

bool MseedReader::seek_record() {
  for (;;) {
    fill(kMaxRecordBytes);
    const std::size_t found = find_record(unread(), 0);
    skip(found);
    if (found == 0) {
      return begin_ < end_;
    }
  }
}

void MseedReader::skip_refused(std::size_t length) {
  fill(length + kMaxRecordBytes);
  const std::span<const std::byte> rest = unread().subspan(length);
  if (rest.empty() || next_record_length(rest).state != RecordExtent::State::kNotARecord) {
    begin_ += length;
  } else {
    skip(1);
  }
}

tl::unexpected<Rejection> MseedReader::refused(Rejection rejection, std::uint64_t at) const {
  rejection.what = fmt::format("{}: byte {}: {}", path_.string(), at, rejection.what);
  return tl::unexpected(std::move(rejection));
}

std::optional<RecordResult<FileRecord>> MseedReader::next() {
  while (seek_record()) {
    const std::uint64_t offset = position();
    const RecordExtent extent = next_record_length(unread());
    if (extent.state == RecordExtent::State::kNeedMore) {
      // seek_record has read the longest record there can be: the file ends inside this one.
      const std::size_t left = end_ - begin_;
      skip(1);
      if (left < kShortestHeaderBytes) {
        continue;
      }
      return refused({{Errc::kCorruptRecord,
                       fmt::format("the file ends {} bytes before the record does", extent.bytes)},
                      RejectReason::kTruncated},
                     offset);
    }
    const std::span<const std::byte> bytes = unread().first(extent.bytes);
    RecordResult<RecordView> view = parse_record(bytes);
    if (view) {
      begin_ += bytes.size();
      return FileRecord{offset, bytes, std::move(*view)};
    }
    skip_refused(bytes.size());
    return refused(std::move(view.error()), offset);
  }
  if (const int error = std::exchange(read_error_, 0); error != 0) {
    return refused({{Errc::kIo, std::strerror(error)}, RejectReason::kReadFailed}, position());
  }
  return std::nullopt;
}

}  // namespace geod::streams
