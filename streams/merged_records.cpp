#include "streams/merged_records.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <tuple>

#include <fcntl.h>

#include "streams/mseed_reader.hpp"

namespace geod::streams {
namespace {

namespace fs = std::filesystem;

Result<void> add_folder(const std::string& folder, std::vector<std::string>& files) {
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    if (it->is_regular_file(error)) {
      files.push_back(it->path().string());
    }
  }
  if (error) {
    return fail(Errc::kIo, "{}: {}", folder, error.message());
  }
  return {};
}

/// Bytes read at `offset`, fewer than asked at the end of the file; -1 with errno.
ssize_t read_at(int descriptor, std::span<std::byte> into, std::uint64_t offset) {
  std::size_t filled = 0;
  while (filled < into.size()) {
    const ssize_t got = ::pread(descriptor,
                                into.data() + filled,
                                into.size() - filled,
                                static_cast<off_t>(offset + filled));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      return got;
    }
    if (got == 0) {
      break;
    }
    filled += static_cast<std::size_t>(got);
  }
  return static_cast<ssize_t>(filled);
}

tl::unexpected<Rejection> unreadable(const std::string& path, std::string_view why) {
  return reject(RejectReason::kReadFailed, "{}: {}", path, why);
}

}  // namespace

Result<MergedRecords> MergedRecords::open(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status)) {
      return fail(Errc::kNotFound, "{}: no such file or folder", path);
    }
    if (fs::is_directory(status)) {
      if (auto added = add_folder(path, files); !added) {
        return tl::unexpected(std::move(added.error()));
      }
    } else {
      files.push_back(path);
    }
  }
  std::ranges::sort(files);
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return MergedRecords(std::move(files));
}

MergedRecords::MergedRecords(std::vector<std::string> paths)
    : paths_(std::move(paths)), files_(paths_.size()) {}

std::optional<Result<std::uint64_t>> MergedRecords::scan_next(
    const std::function<void(const Rejection&)>& on_rejected) {
  if (scanned_ == paths_.size()) {
    return std::nullopt;
  }
  const std::size_t file = scanned_++;
  auto reader = MseedReader::open(paths_[file]);
  if (!reader) {
    return tl::unexpected(std::move(reader.error()));
  }
  std::uint64_t records = 0;
  Time first = Time::max();
  while (auto record = reader->next()) {
    if (!*record) {
      on_rejected(record->error());
      continue;
    }
    const Time end = (*record)->view.header.end();
    ++records;
    bytes_ += (*record)->bytes.size();
    first = std::min(first, end);
    last_end_ = std::max(last_end_, end);
  }
  if (records > 0) {
    front_.push({first, file, 0});
    first_end_ = std::min(first_end_, first);
    records_ += records;
  }
  return records;
}

/// Lists the records of a file whose turn has come.
RecordResult<void> MergedRecords::open_file(std::size_t file) {
  auto reader = MseedReader::open(paths_[file]);
  if (!reader) {
    return reject(RejectReason::kReadFailed, "{}", reader.error().what);
  }
  std::vector<Entry>& entries = files_[file].entries;
  while (auto record = reader->next()) {
    if (!*record) {
      continue;
    }
    const FileRecord& found = **record;
    const MergeKey key{found.view.header.end(), file, found.offset};
    if (!is_skipped_ || !is_skipped_(key)) {
      entries.push_back({key.end, key.offset, static_cast<std::uint32_t>(found.bytes.size())});
    }
  }
  std::ranges::sort(
      entries, {}, [](const Entry& entry) { return std::tie(entry.end, entry.offset); });
  return {};
}

void MergedRecords::put_in_front(std::size_t file) {
  OpenFile& open = files_[file];
  if (open.next < open.entries.size()) {
    const Entry& entry = open.entries[open.next];
    front_.push({entry.end, file, entry.offset});
  } else {
    open = OpenFile{};
  }
}

std::optional<RecordResult<MergedRecord>> MergedRecords::next() {
  while (!front_.empty()) {
    const MergeKey key = front_.top();
    front_.pop();
    OpenFile& open = files_[key.file];
    if (open.entries.empty()) {
      if (auto opened = open_file(key.file); !opened) {
        return tl::unexpected(std::move(opened.error()));
      }
      put_in_front(key.file);
      continue;
    }
    const std::uint32_t length = open.entries[open.next].length;
    ++open.next;
    put_in_front(key.file);
    return read(key, length);
  }
  return std::nullopt;
}

RecordResult<MergedRecord> MergedRecords::read(const MergeKey& key, std::uint32_t length) {
  const std::string& path = paths_[key.file];
  if (!descriptor_.is_open() || descriptor_file_ != key.file) {
    descriptor_ = UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    descriptor_file_ = key.file;
    if (!descriptor_.is_open()) {
      return unreadable(path, std::strerror(errno));
    }
  }
  buffer_.resize(length);
  const ssize_t got = read_at(descriptor_.get(), buffer_, key.offset);
  if (got < 0) {
    return unreadable(path, std::strerror(errno));
  }
  const std::span<const std::byte> bytes(buffer_.data(), static_cast<std::size_t>(got));
  auto view = parse_record(bytes);
  if (!view) {
    return tl::unexpected(std::move(view.error()));
  }
  return MergedRecord{key, bytes, std::move(*view)};
}

}  // namespace geod::streams
