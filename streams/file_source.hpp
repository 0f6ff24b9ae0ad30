#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "config/streams_config.hpp"
#include "core/log.hpp"
#include "streams/merged_records.hpp"
#include "streams/source.hpp"

namespace geod::streams {

/// Reads miniSEED files and folders once, in time order, then ends. `poll` first scans, a file a
/// call, then delivers; it never waits. Refused records and files without a record are counted and
/// logged.
///
/// Cursor position: "<end of the record, ns since 1970> <byte offset> <path>". It stays good when
/// files are added or removed.
class FileSource final : public Source {
 public:
  /// @param committed  cursor position to go on behind; none: from the beginning.
  /// @param rewind  data time before the cursor that is read again: what windows and filters that
  ///     were open when it was committed need. 0: exactly the records behind the cursor.
  /// Errors: kNotFound, kIo for the configured paths; kConfig for a position that is none.
  static Result<std::unique_ptr<FileSource>> open(const config::FileSourceConfig& config,
                                                  const std::optional<std::string>& committed = {},
                                                  Duration rewind = Duration{0});

  /// Errors: kCorruptRecord when no file holds a record.
  Result<void> poll(const SourceSinks& sinks, std::chrono::milliseconds max_wait) override;
  void wake() noexcept override {}
  bool has_ended() const override { return has_ended_; }
  std::vector<SourceStatus> status() const override;

 private:
  FileSource(const config::FileSourceConfig& config, MergedRecords records);
  Result<void> resume_behind(const std::string& committed, Duration rewind);
  void scan_one();
  void deliver(const MergedRecord& merged, RecordSink& sink);
  void refuse(const Rejection& rejection);
  Cursor cursor_at(const MergeKey& key) const;

  const std::string name_;
  const std::string first_path_;
  MergedRecords records_;
  SourceCounters counters_;
  log::RateLimit log_limit_;
  std::set<SourceId> channels_;
  std::atomic<bool> has_ended_{false};
};

}  // namespace geod::streams
