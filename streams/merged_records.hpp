#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/time.hpp"
#include "streams/mseed_record.hpp"
#include "streams/unique_fd.hpp"

namespace geod::streams {

/// Place of a record in the order of a merge: by the time its last sample is complete, as a live
/// stream would bring it, then by file and place in the file.
struct MergeKey {
  Time end;
  std::size_t file = 0;  ///< index into MergedRecords::paths()
  std::uint64_t offset = 0;
  auto operator<=>(const MergeKey&) const = default;
};

/// One record of a merge. `bytes` and `view.payload` hold until the next call of `next`.
struct MergedRecord {
  MergeKey key;
  std::span<const std::byte> bytes;
  RecordView view;
};

/// Reads miniSEED files in one common order of time, so that channels interleave whether they lie
/// in one file each, one after another in one file, or in an archive of day files.
///
/// `scan_next` looks at every header once; `next` then gives the records. Memory: 24 bytes a record
/// of the files that overlap in time at the moment, and one path a file. Files that grow meanwhile
/// are read to their size at opening.
///
/// Thread: one.
class MergedRecords {
 public:
  /// Takes files, and folders with all that lies below; a file named twice is read once.
  /// Errors: kNotFound for a path that does not exist, kIo for a folder that cannot be read.
  static Result<MergedRecords> open(const std::vector<std::string>& paths);

  /// Scans the next file and hands every refused record to `on_rejected`; the number of records, or
  /// nothing when all files are scanned. Errors: kIo, kNotFound for that file, which is left out.
  std::optional<Result<std::uint64_t>> scan_next(
      const std::function<void(const Rejection&)>& on_rejected);
  std::size_t files_scanned() const { return scanned_; }

  /// Leaves out the records for which this is true. Between scan and the first `next`.
  void skip_if(std::function<bool(const MergeKey&)> is_skipped) {
    is_skipped_ = std::move(is_skipped);
  }

  /// The next record, or why it could not be read again (the file changed); nothing at the end.
  /// Records refused by the scan are not tried again.
  std::optional<RecordResult<MergedRecord>> next();

  /// Sorted.
  const std::vector<std::string>& paths() const { return paths_; }
  std::uint64_t records() const { return records_; }  ///< of the files scanned
  std::uint64_t bytes() const { return bytes_; }
  Time first_end() const { return first_end_; }  ///< of the files scanned
  Time last_end() const { return last_end_; }

 private:
  /// A record of a file that is being given out.
  struct Entry {
    Time end;
    std::uint64_t offset;
    std::uint32_t length;
  };
  struct OpenFile {
    std::vector<Entry> entries;  // in merge order; empty before and after
    std::size_t next = 0;
  };

  explicit MergedRecords(std::vector<std::string> paths);
  RecordResult<void> open_file(std::size_t file);
  void put_in_front(std::size_t file);
  RecordResult<MergedRecord> read(const MergeKey& key, std::uint32_t length);

  std::vector<std::string> paths_;
  std::size_t scanned_ = 0;
  std::uint64_t records_ = 0;
  std::uint64_t bytes_ = 0;
  Time first_end_ = Time::max();
  Time last_end_ = Time::min();
  std::function<bool(const MergeKey&)> is_skipped_;
  std::vector<OpenFile> files_;  // by index into paths_
  /// The next key of every file; of a file not yet opened, its first.
  std::priority_queue<MergeKey, std::vector<MergeKey>, std::greater<>> front_;
  UniqueFd descriptor_;  // of descriptor_file_: runs of one file open it once
  std::size_t descriptor_file_ = 0;
  std::vector<std::byte> buffer_;
};

}  // namespace geod::streams
