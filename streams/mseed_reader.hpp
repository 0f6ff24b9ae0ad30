#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "streams/mseed_record.hpp"

namespace geod::streams {

/// One record of a file: where it begins, its bytes, its validated header. `bytes` and
/// `view.payload` hold until the next call of MseedReader::next.
struct FileRecord {
  std::uint64_t offset = 0;
  std::span<const std::byte> bytes;
  RecordView view;
};

/// Reads the records of one miniSEED file (versions 2 and 3, mixed if need be) in file order, in
/// bounded memory.
///
/// Damage costs what is damaged and nothing else: bytes between records (zero-filled chunks, other
/// formats) are skipped to the next plausible header, and a record that is refused is skipped by
/// its length only when a record or the end follows there, else by a search, since its length may
/// be the lie. The file may grow or shrink meanwhile; what is read counts.
///
/// Thread: one at a time. Owns the file descriptor.
class MseedReader {
 public:
  /// Begins at byte `offset` (0, or a `position()` of an earlier pass).
  /// Errors: kNotFound when there is no such file, kIo when it cannot be read.
  static Result<MseedReader> open(const std::filesystem::path& path, std::uint64_t offset = 0);

  MseedReader(MseedReader&& other) noexcept;
  MseedReader& operator=(MseedReader&& other) noexcept;
  MseedReader(const MseedReader&) = delete;
  MseedReader& operator=(const MseedReader&) = delete;
  ~MseedReader();

  /// The next record with a valid header, or why the next one was refused (its text names file,
  /// byte and channel); nothing at the end of the file. After kReadFailed comes the end.
  std::optional<RecordResult<FileRecord>> next();

  /// Byte after the last record or refusal: where a later pass goes on.
  std::uint64_t position() const { return buffer_offset_ + begin_; }

  /// Bytes so far that belong to no record.
  std::uint64_t skipped_bytes() const { return skipped_bytes_; }

  const std::filesystem::path& path() const { return path_; }

 private:
  MseedReader(std::filesystem::path path, int descriptor, std::uint64_t offset);

  std::span<const std::byte> unread() const;
  /// Reads until `wanted` bytes are unread or the file ends or fails.
  void fill(std::size_t wanted);
  /// Skips to the next plausible header and reads its record whole, or as much as there is; false
  /// when no byte is left.
  bool seek_record();
  void skip(std::size_t bytes);
  /// Steps over a refused record of `length` bytes.
  void skip_refused(std::size_t length);
  tl::unexpected<Rejection> refused(Rejection rejection, std::uint64_t at) const;

  std::filesystem::path path_;
  int descriptor_;
  std::vector<std::byte> buffer_;
  std::uint64_t buffer_offset_;  // of buffer_[0] in the file
  std::size_t begin_ = 0;        // first unread byte
  std::size_t end_ = 0;          // one past the last byte read
  bool at_end_ = false;
  int read_error_ = 0;  // errno, reported once all that was read has been given out
  std::uint64_t skipped_bytes_ = 0;
};

}  // namespace geod::streams
