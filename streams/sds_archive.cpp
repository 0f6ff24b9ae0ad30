#include "streams/sds_archive.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>
#include <variant>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/log.hpp"
#include "streams/mseed_reader.hpp"
#include "streams/mseed_writer.hpp"
#include "streams/unique_fd.hpp"

namespace geod::streams {
namespace {

constexpr std::uint32_t kRecordBytes = 512;
/// Files whose spans are remembered; all are forgotten and read again when there are more.
constexpr std::size_t kMostFiles = 20'000;
/// Records whose times agree so well are written as one trace (as TraceBuffer's contiguous).
constexpr double kSameTracePeriods = 0.05;
constexpr mode_t kFileMode = 0640;

tl::unexpected<Error> refused(const std::filesystem::path& path, int error) {
  const bool is_full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  return fail(is_full ? Errc::kStorageFull : Errc::kIo,
              "{}: {}",
              path.string(),
              std::generic_category().message(error));
}

void add_span(std::vector<TimeSpan>& spans, TimeSpan span) {
  const auto touches = [](const TimeSpan& a, const TimeSpan& b) {
    return a.from <= b.to && b.from <= a.to;
  };
  std::vector<TimeSpan> rest;
  for (const TimeSpan& each : spans) {
    if (touches(each, span)) {
      span = {std::min(each.from, span.from), std::max(each.to, span.to)};
    } else {
      rest.push_back(each);
    }
  }
  rest.insert(
      std::upper_bound(rest.begin(),
                       rest.end(),
                       span,
                       [](const TimeSpan& a, const TimeSpan& b) { return a.from < b.from; }),
      span);
  spans = std::move(rest);
}

/// `span` without what `spans` hold.
std::vector<TimeSpan> missing(const std::vector<TimeSpan>& spans, TimeSpan span) {
  std::vector<TimeSpan> found;
  for (const TimeSpan& each : spans) {
    if (each.to <= span.from || span.to <= each.from) {
      continue;
    }
    if (span.from < each.from) {
      found.push_back({span.from, each.from});
    }
    span.from = each.to;
  }
  if (span.from < span.to) {
    found.push_back(span);
  }
  return found;
}

Result<std::vector<std::byte>> as_mseed(Record run) {
  constexpr Mseed2Layout kLayout{.record_bytes = kRecordBytes};
  if (const auto* doubles = std::get_if<std::vector<double>>(&run.samples)) {
    std::vector<float> floats(doubles->begin(), doubles->end());
    if (!std::equal(floats.begin(), floats.end(), doubles->begin())) {
      return fail(Errc::kUnsupported,
                  "{}: its samples need FLOAT64, which is not kept",
                  run.header.source_id.seed_id());
    }
    run.samples = std::move(floats);
  }
  if (std::holds_alternative<std::vector<float>>(run.samples)) {
    run.header.encoding = Encoding::kFloat32;
    return write_mseed2(run.header, run.samples, kLayout);
  }
  run.header.encoding = Encoding::kSteim2;
  auto packed = write_mseed2(run.header, run.samples, kLayout);
  if (!packed) {  // perhaps a difference of more than 30 bits
    run.header.encoding = Encoding::kInt32;
    packed = write_mseed2(run.header, run.samples, kLayout);
  }
  return packed;
}

}  // namespace

Result<SdsArchive> SdsArchive::open(std::filesystem::path root, std::uint64_t quota_bytes) {
  std::error_code fault;
  std::filesystem::create_directories(root, fault);
  if (fault) {
    return fail(Errc::kIo, "{}: {}", root.string(), fault.message());
  }
  if (::access(root.c_str(), W_OK | X_OK) != 0) {
    return fail(Errc::kIo, "{}: {}", root.string(), std::generic_category().message(errno));
  }
  SdsArchive archive(std::move(root), quota_bytes);
  if (auto counted = archive.count_files(); !counted) {
    return tl::unexpected(counted.error());
  }
  return archive;
}

Result<void> SdsArchive::count_files() {
  std::error_code fault;
  auto entry = std::filesystem::recursive_directory_iterator(root_, fault);
  for (; !fault && entry != std::filesystem::recursive_directory_iterator();
       entry.increment(fault)) {
    const auto name = parse_sds_name(entry->path().filename().string());
    std::error_code gone;
    if (!name || !entry->is_regular_file(gone)) {
      continue;
    }
    const std::filesystem::path path = sds_path(name->channel, name->day);
    const std::uintmax_t bytes = entry->file_size(gone);
    if (!gone && entry->path() == root_ / path) {
      days_[name->day].bytes += bytes;
      days_[name->day].paths.insert(path);
      bytes_ += bytes;
    }
  }
  return fault ? Result<void>(fail(Errc::kIo, "{}: {}", root_.string(), fault.message()))
               : Result<void>{};
}

Result<SdsArchive::Spans> SdsArchive::scan(const std::filesystem::path& path, Day day) {
  Spans spans;
  auto reader = MseedReader::open(root_ / path);
  if (!reader) {
    return reader.error().code == Errc::kNotFound ? Result<Spans>(spans)
                                                  : tl::unexpected(reader.error());
  }
  std::uint64_t good_bytes = 0;
  while (const auto next = reader->next()) {
    if (next->has_value()) {
      const RecordHeader& header = (*next)->view.header;
      add_span(spans, {header.start, header.end()});
      good_bytes = (*next)->offset + (*next)->bytes.size();
    }
  }
  std::error_code fault;
  const std::uintmax_t bytes = std::filesystem::file_size(root_ / path, fault);
  if (fault || bytes <= good_bytes || bytes - good_bytes >= kRecordBytes) {
    return spans;
  }
  if (::truncate((root_ / path).c_str(), static_cast<off_t>(good_bytes)) != 0) {
    return refused(root_ / path, errno);
  }
  spdlog::warn("msg=\"cut off a record that was half written\" file={} bytes={}",
               (root_ / path).string(),
               bytes - good_bytes);
  DayFiles& files = days_[day];
  files.bytes -= std::min<std::uint64_t>(files.bytes, bytes - good_bytes);
  bytes_ -= std::min<std::uint64_t>(bytes_, bytes - good_bytes);
  return spans;
}

Result<SdsArchive::Spans*> SdsArchive::spans_of(const std::filesystem::path& path, Day day) {
  if (const auto known = spans_.find(path); known != spans_.end()) {
    return &known->second;
  }
  auto spans = scan(path, day);
  if (!spans) {
    return tl::unexpected(spans.error());
  }
  if (spans_.size() >= kMostFiles) {
    spans_.clear();
  }
  return &spans_.emplace(path, std::move(*spans)).first->second;
}

Result<std::uint64_t> SdsArchive::keep(const SourceId& channel,
                                       const SharedRecords& records,
                                       Time from,
                                       Time to) {
  std::uint64_t written = 0;
  if (records.empty() || to <= from) {
    return written;
  }
  const Day last = std::chrono::floor<std::chrono::days>(to);
  for (Day day = std::chrono::floor<std::chrono::days>(from); day <= last;
       day += std::chrono::days{1}) {
    const TimeSpan span{std::max<Time>(from, day), std::min<Time>(to, day + std::chrono::days{1})};
    if (span.from >= span.to) {
      continue;
    }
    auto kept = keep_day(channel, records, span, day);
    if (!kept) {
      return kept;
    }
    written += *kept;
  }
  return written;
}

Result<std::uint64_t> SdsArchive::keep_day(const SourceId& channel,
                                           const SharedRecords& records,
                                           const TimeSpan& span,
                                           Day day) {
  const std::filesystem::path path = sds_path(channel, day);
  auto spans = spans_of(path, day);
  if (!spans) {
    return tl::unexpected(spans.error());
  }
  std::vector<std::byte> bytes;
  std::vector<TimeSpan> added;
  for (const TimeSpan& gap : missing(**spans, span)) {
    for (Record& run : joined(records_within(records, gap.from, gap.to), kSameTracePeriods)) {
      added.push_back({run.header.start, run.header.end()});
      auto packed = as_mseed(std::move(run));
      if (!packed) {
        return tl::unexpected(packed.error());
      }
      bytes.insert(bytes.end(), packed->begin(), packed->end());
    }
  }
  if (bytes.empty()) {
    return 0U;
  }
  if (auto room = make_room(bytes.size(), day); !room) {
    return tl::unexpected(room.error());
  }
  if (auto appended = append(path, day, bytes); !appended) {
    return tl::unexpected(appended.error());
  }
  for (const TimeSpan& each : added) {
    add_span(**spans, each);
  }
  return bytes.size();
}

Result<void> SdsArchive::make_room(std::uint64_t bytes, Day day) {
  while (quota_bytes_ > 0 && bytes_ + bytes > quota_bytes_) {
    if (days_.empty() || days_.begin()->first >= day) {
      return fail(Errc::kStorageFull,
                  "{}: the quota of {} bytes is used up by days not older than the one to keep; "
                  "raise storage.waveforms.quota",
                  root_.string(),
                  quota_bytes_);
    }
    remove_oldest_day();
  }
  return {};
}

void SdsArchive::remove_oldest_day() {
  const auto oldest = days_.begin();
  for (const std::filesystem::path& path : oldest->second.paths) {
    std::error_code fault;
    std::filesystem::remove(root_ / path, fault);
    spans_.erase(path);
    // Folders that are empty now; one that is not stays.
    for (auto folder = path.parent_path(); !folder.empty() && !fault;
         folder = folder.parent_path()) {
      std::filesystem::remove(root_ / folder, fault);
    }
  }
  bytes_ -= std::min(bytes_, oldest->second.bytes);
  ++days_removed_;
  days_.erase(oldest);
}

Result<void> SdsArchive::append(const std::filesystem::path& path,
                                Day day,
                                const std::vector<std::byte>& bytes) {
  const std::filesystem::path file = root_ / path;
  std::error_code fault;
  std::filesystem::create_directories(file.parent_path(), fault);
  if (fault) {
    return refused(file.parent_path(), fault.value());
  }
  const UniqueFd descriptor(
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, kFileMode));
  struct stat before {};
  if (!descriptor.is_open() || ::fstat(descriptor.get(), &before) != 0) {
    return refused(file, errno);
  }
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t count = ::write(descriptor.get(), bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      const int error = count == 0 ? ENOSPC : errno;
      // What cannot be taken back is damage that readers pass over.
      [[maybe_unused]] const int taken_back = ::ftruncate(descriptor.get(), before.st_size);
      return refused(file, error);
    }
    done += static_cast<std::size_t>(count);
  }
  DayFiles& files = days_[day];
  files.bytes += bytes.size();
  files.paths.insert(path);
  bytes_ += bytes.size();
  return {};
}

}  // namespace geod::streams
