#include "streams/file_source.hpp"

#include <charconv>
#include <chrono>
#include <tuple>
#include <utility>

namespace geod::streams {
namespace {

/// Delivered before `poll` returns, so that other sources have their turn.
constexpr int kRecordsPerTurn = 64;

struct Position {
  Time end;
  std::uint64_t offset = 0;
  std::string path;
};

std::optional<Position> parse_position(std::string_view text) {
  Position position;
  std::int64_t end_ns = 0;
  const char* const stop = text.data() + text.size();
  auto parsed = std::from_chars(text.data(), stop, end_ns);
  if (parsed.ec != std::errc{} || parsed.ptr == stop || *parsed.ptr != ' ') {
    return std::nullopt;
  }
  parsed = std::from_chars(parsed.ptr + 1, stop, position.offset);
  if (parsed.ec != std::errc{} || parsed.ptr == stop || *parsed.ptr != ' ') {
    return std::nullopt;
  }
  position.end = time_from_ns(end_ns);
  position.path.assign(parsed.ptr + 1, stop);
  return position;
}

}  // namespace

Result<std::unique_ptr<FileSource>> FileSource::open(const config::FileSourceConfig& config,
                                                     const std::optional<std::string>& committed,
                                                     Duration rewind) {
  auto records = MergedRecords::open(config.paths);
  if (!records) {
    return fail_with(records.error(), fmt::format("file source {}", config.name));
  }
  std::unique_ptr<FileSource> source(new FileSource(config, std::move(*records)));
  if (committed) {
    if (auto resumed = source->resume_behind(*committed, rewind); !resumed) {
      return tl::unexpected(std::move(resumed.error()));
    }
  }
  return source;
}

FileSource::FileSource(const config::FileSourceConfig& config, MergedRecords records)
    : name_(config.name),
      first_path_(config.paths.empty() ? std::string{} : config.paths.front()),
      records_(std::move(records)) {}

Result<void> FileSource::resume_behind(const std::string& committed, Duration rewind) {
  const auto parsed = parse_position(committed);
  if (!parsed) {
    return fail(
        Errc::kConfig, "file source {}: \"{}\" is no cursor of a file source", name_, committed);
  }
  records_.skip_if([this, position = *parsed, rewind](const MergeKey& key) {
    if (rewind > Duration::zero()) {
      return key.end <= position.end - rewind;
    }
    return std::tie(key.end, records_.paths()[key.file], key.offset) <=
           std::tie(position.end, position.path, position.offset);
  });
  return {};
}

Result<void> FileSource::poll(const SourceSinks& sinks, std::chrono::milliseconds /*max_wait*/) {
  if (has_ended_) {
    return {};
  }
  if (records_.files_scanned() < records_.paths().size()) {
    scan_one();
    return {};
  }
  if (records_.records() == 0) {
    has_ended_ = true;
    return fail(Errc::kCorruptRecord,
                "file source {}: no miniSEED record in {} file(s), the first {}",
                name_,
                records_.paths().size(),
                first_path_);
  }
  for (int i = 0; i < kRecordsPerTurn; ++i) {
    const auto merged = records_.next();
    if (!merged) {
      SourceCounters::add(counters_.ends);
      sinks.records.on_end({name_, name_, {channels_.begin(), channels_.end()}, "end of files"});
      has_ended_ = true;
      return {};
    }
    if (*merged) {
      deliver(**merged, sinks.records);
    } else {
      refuse(merged->error());
    }
  }
  return {};
}

void FileSource::scan_one() {
  const std::string& path = records_.paths()[records_.files_scanned()];
  const auto scanned =
      records_.scan_next([this](const Rejection& rejection) { refuse(rejection); });
  if (!*scanned) {
    refuse({scanned->error(), RejectReason::kReadFailed});
  } else if (**scanned == 0) {
    spdlog::warn("source={} file=\"{}\" holds no miniSEED record", name_, path);
  }
}

void FileSource::deliver(const MergedRecord& merged, RecordSink& sink) {
  Record record{merged.view.header, {}};
  if (auto decoded = decode_samples(merged.view, record.samples); !decoded) {
    refuse(decoded.error());
    return;
  }
  SourceCounters::add(counters_.records);
  SourceCounters::add(counters_.bytes, merged.bytes.size());
  channels_.insert(record.header.source_id);
  sink.on_record(std::move(record),
                 {name_, std::chrono::steady_clock::now(), cursor_at(merged.key)});
}

void FileSource::refuse(const Rejection& rejection) {
  counters_.refuse(rejection.reason);
  std::uint64_t held_back = 0;
  if (log_limit_.allow(
          std::string(to_string(rejection.reason)), std::chrono::steady_clock::now(), &held_back)) {
    spdlog::warn("source={} refused_record={} held_back={} what=\"{}\"",
                 name_,
                 to_string(rejection.reason),
                 held_back,
                 rejection.what);
  }
}

Cursor FileSource::cursor_at(const MergeKey& key) const {
  return {name_, fmt::format("{} {} {}", to_ns(key.end), key.offset, records_.paths()[key.file])};
}

std::vector<SourceStatus> FileSource::status() const {
  return {{name_, first_path_, counters_.snapshot(), has_ended_}};
}

}  // namespace geod::streams
