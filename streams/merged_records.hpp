#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <queue>
#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/time.hpp"
#include "streams/mseed_record.hpp"

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

  /// What one file holds.
  struct Scan {
    std::string path;
    std::uint64_t records = 0;
    std::vector<Rejection> rejections;  ///< the first kMaxRejections of this file
    std::uint64_t rejected = 0;
  };
  static constexpr std::size_t kMaxRejections = 16;

  /// Scans the next file; nothing when all are scanned. Errors: kIo, kNotFound for that file, which
  /// is then left out.
  std::optional<Result<Scan>> scan_next();
  std::size_t files_scanned() const { return scanned_; }

  /// Leaves out all records that end at or before `time`, or stand at or before `key`. Between scan
  /// and the first `next`.
  void skip_until(Time time) { skip_end_ = time; }
  void skip_through(const MergeKey& key) { skip_key_ = key; }

  /// The next record, or why it could not be read again (the file changed); nothing at the end.
  std::optional<RecordResult<MergedRecord>> next();

  /// Sorted.
  const std::vector<std::string>& paths() const { return paths_; }
  std::uint64_t records() const { return records_; }  ///< of the files scanned
  std::uint64_t bytes() const { return bytes_; }
  Time first_end() const { return first_end_; }  ///< of the files scanned
  Time last_end() const { return last_end_; }

 private:
  /// A record of an opened file.
  struct Entry {
    Time end;
    std::uint64_t offset;
    std::uint32_t length;
  };
  /// A file that is waiting (no entries yet) or being given out.
  struct OpenFile {
    std::vector<Entry> entries;  // in merge order
    std::size_t next = 0;
  };
  struct Later {
    bool operator()(const MergeKey& a, const MergeKey& b) const { return a > b; }
  };

  explicit MergedRecords(std::vector<std::string> paths);
  void open_file(std::size_t file);
  void advance(std::size_t file);
  bool is_skipped(const MergeKey& key) const;
  RecordResult<void> read(std::size_t file, const Entry& entry);

  std::vector<std::string> paths_;
  std::size_t scanned_ = 0;
  std::uint64_t records_ = 0;
  std::uint64_t bytes_ = 0;
  Time first_end_ = Time::max();
  Time last_end_ = Time::min();
  std::optional<Time> skip_end_;
  std::optional<MergeKey> skip_key_;
  std::vector<OpenFile> files_;  // by index into paths_
  std::priority_queue<MergeKey, std::vector<MergeKey>, Later> front_;
  std::vector<std::byte> buffer_;
};

}  // namespace geod::streams
