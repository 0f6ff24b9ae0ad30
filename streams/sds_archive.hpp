#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <vector>

#include "core/error.hpp"
#include "core/waveform_source.hpp"
#include "streams/record_runs.hpp"
#include "streams/sds_tree.hpp"

namespace geod::streams {

/// Writes windows of waveforms into an SDS tree (sds_tree.hpp) as miniSEED 2 of 512 bytes a record,
/// Steim-2 for integers, and keeps the tree within a quota: whole days go, the oldest first.
///
/// What stands in a file is not written again: its records are read once when the file is first
/// touched. A record that a killed process left half written at the end of a file is cut off then.
/// A write that fails takes back what it wrote. Files of other names are neither counted nor
/// touched.
///
/// Thread: one at a time.
class SdsArchive {
 public:
  /// Makes the folder, counts what is there. `quota_bytes` 0: without limit.
  /// Errors: kIo when the folder cannot be made, read or written to.
  static Result<SdsArchive> open(std::filesystem::path root, std::uint64_t quota_bytes);

  /// Writes those samples of `records` (of `channel`, in any order) in [from, to) that are not yet
  /// in the tree. Returns the bytes written.
  /// Errors: kStorageFull when the disk is full or the quota would be exceeded although nothing
  /// older is left, kIo, kUnsupported for codes that do not fit into SEED and samples that miniSEED
  /// 2 cannot hold. What was written before the error stays.
  Result<std::uint64_t> keep(const SourceId& channel,
                             const SharedRecords& records,
                             Time from,
                             Time to);

  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t days_removed() const { return days_removed_; }

 private:
  /// Of one file; ascending and disjoint.
  using Spans = std::vector<TimeSpan>;
  struct DayFiles {
    std::uint64_t bytes = 0;
    std::set<std::filesystem::path> paths;  ///< below the root
  };

  SdsArchive(std::filesystem::path root, std::uint64_t quota_bytes)
      : root_(std::move(root)), quota_bytes_(quota_bytes) {}

  Result<void> count_files();
  /// What stands in the file, which is repaired where its end is damaged.
  Result<Spans*> spans_of(const std::filesystem::path& path, Day day);
  Result<Spans> scan(const std::filesystem::path& path, Day day);
  Result<std::uint64_t> keep_day(const SourceId& channel,
                                 const SharedRecords& records,
                                 const TimeSpan& span,
                                 Day day);
  Result<void> make_room(std::uint64_t bytes, Day day);
  void remove_oldest_day();
  Result<void> append(const std::filesystem::path& path,
                      Day day,
                      const std::vector<std::byte>& bytes);

  std::filesystem::path root_;
  std::uint64_t quota_bytes_;
  std::uint64_t bytes_ = 0;
  std::uint64_t days_removed_ = 0;
  std::map<Day, DayFiles> days_;
  std::map<std::filesystem::path, Spans> spans_;  ///< of files that were touched
};

}  // namespace geod::streams
