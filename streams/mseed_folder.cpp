#include "streams/mseed_folder.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "streams/mseed_reader.hpp"
#include "streams/record_runs.hpp"

namespace geod::streams {
namespace {

namespace fs = std::filesystem;

bool is_waveform(const RecordHeader& header) {
  return header.encoding != Encoding::kText && header.samples > 0;
}

Result<std::vector<fs::path>> files_below(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    return fail(Errc::kNotFound, "{}: is no folder", folder.string());
  }
  std::vector<fs::path> files;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    if (at->is_regular_file(error)) {
      files.push_back(at->path());
    }
    if (files.size() > MseedFolder::kMostFiles) {
      return fail(Errc::kUnsupported,
                  "{}: holds more than {} files; give a smaller folder, or an SDS tree",
                  folder.string(),
                  MseedFolder::kMostFiles);
    }
  }
  if (error) {
    return fail(Errc::kIo, "{}: {}", folder.string(), error.message());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// Calls `take` with every intact record of samples.
template <class Take>
Result<void> each_record(const fs::path& file, Take take) {
  auto reader = MseedReader::open(file);
  if (!reader) {
    return tl::unexpected(reader.error());
  }
  while (const auto next = reader->next()) {
    if (!*next) {
      if (next->error().reason == RejectReason::kReadFailed) {
        return fail(Errc::kIo, "{}", next->error().what);
      }
      continue;
    }
    if (is_waveform((*next)->view.header)) {
      take((*next)->view);
    }
  }
  return {};
}

}  // namespace

Result<MseedFolder> MseedFolder::open(const fs::path& folder) {
  const auto files = files_below(folder);
  if (!files) {
    return tl::unexpected(files.error());
  }
  MseedFolder found;
  for (const fs::path& file : *files) {
    const auto read = each_record(file, [&](const RecordView& view) {
      std::vector<Part>& parts = found.parts_[view.header.source_id];
      if (parts.empty() || parts.back().file != file) {
        parts.push_back({file, {view.header.start, view.header.end()}});
      }
      TimeSpan& span = parts.back().span;
      span.from = std::min(span.from, view.header.start);
      span.to = std::max(span.to, view.header.end());
    });
    if (!read) {
      return tl::unexpected(read.error());
    }
  }
  if (found.parts_.empty()) {
    return fail(Errc::kNotFound, "{}: holds no miniSEED file", folder.string());
  }
  return found;
}

Result<std::vector<Waveform>> MseedFolder::read(const SourceId& channel, Time from, Time to) const {
  SharedRecords records;
  const auto found = parts_.find(channel);
  if (found == parts_.end()) {
    return std::vector<Waveform>{};
  }
  for (const Part& part : found->second) {
    if (part.span.to <= from || part.span.from >= to) {
      continue;
    }
    const auto read = each_record(part.file, [&](const RecordView& view) {
      auto record = std::make_shared<Record>(Record{view.header, {}});
      const bool is_asked =
          view.header.source_id == channel && view.header.start < to && view.header.end() > from;
      if (is_asked && decode_samples(view, record->samples)) {
        records.push_back(std::move(record));
      }
    });
    if (!read) {
      return tl::unexpected(read.error());
    }
  }
  return waveforms_of(records_within(std::move(records), from, to));
}

std::vector<SourceId> MseedFolder::channels() const {
  std::vector<SourceId> ids;
  for (const auto& [id, parts] : parts_) {
    ids.push_back(id);
  }
  return ids;
}

}  // namespace geod::streams
