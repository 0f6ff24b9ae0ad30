#include "trainer/waveform_files.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>
#include <utility>
#include <variant>

#include "streams/mseed_reader.hpp"

namespace geod::trainer {
namespace {

std::vector<std::filesystem::path> waveform_paths(const std::filesystem::path& directory) {
  static const std::set<std::string> kEndings{".mseed", ".ms", ".miniseed", ".msd"};
  std::vector<std::filesystem::path> paths;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator at(directory, error), end; !error && at != end;
       at.increment(error)) {
    if (at->is_regular_file(error) && kEndings.contains(at->path().extension().string())) {
      paths.push_back(at->path());
    }
  }
  std::ranges::sort(paths);
  return paths;
}

/// Whether `record` begins where `segment` ends, within half a sample.
bool continues(const WaveformSegment& segment, const streams::RecordHeader& record) {
  const double rate_hz = segment.sampling_rate_hz;
  const double expected_s = static_cast<double>(segment.samples.size()) / rate_hz;
  return segment.source == record.source_id &&
         std::abs(rate_hz - record.rate.hz()) <= 1e-4 * rate_hz &&
         std::abs(to_seconds(record.start - segment.start) - expected_s) <= 0.5 / rate_hz;
}

void append(const streams::Samples& samples, std::vector<double>& out) {
  std::visit(
      [&](const auto& values) {
        for (const auto value : values) {
          out.push_back(static_cast<double>(value));
        }
      },
      samples);
}

struct DecodedRecord {
  streams::RecordHeader header;
  streams::Samples samples;
};

Result<void> read_file(const std::filesystem::path& path, std::vector<DecodedRecord>& out) {
  auto reader = streams::MseedReader::open(path);
  if (!reader) {
    return tl::unexpected(reader.error());
  }
  while (auto next = reader->next()) {
    if (!*next) {
      if (streams::is_not_data(next->error().reason)) {
        continue;
      }
      return fail(next->error().code, "{}", next->error().what);
    }
    DecodedRecord record;
    record.header = (*next)->view.header;
    if (record.header.encoding == streams::Encoding::kText || record.header.samples == 0) {
      continue;
    }
    if (auto decoded = streams::decode_samples((*next)->view, record.samples); !decoded) {
      return fail_with(decoded.error(), path.string());
    }
    out.push_back(std::move(record));
  }
  return {};
}

}  // namespace

Result<std::vector<WaveformSegment>> read_waveforms(const std::filesystem::path& directory) {
  const std::vector<std::filesystem::path> paths = waveform_paths(directory);
  if (paths.empty()) {
    return fail(Errc::kNotFound,
                "{}: holds no miniSEED file (.mseed, .ms, .miniseed, .msd)",
                directory.string());
  }
  std::vector<DecodedRecord> records;
  for (const std::filesystem::path& path : paths) {
    if (auto read = read_file(path, records); !read) {
      return tl::unexpected(read.error());
    }
  }
  std::ranges::stable_sort(records, [](const DecodedRecord& a, const DecodedRecord& b) {
    return std::tie(a.header.source_id, a.header.start) <
           std::tie(b.header.source_id, b.header.start);
  });
  std::vector<WaveformSegment> segments;
  for (const DecodedRecord& record : records) {
    if (segments.empty() || !continues(segments.back(), record.header)) {
      segments.push_back(
          {record.header.source_id, record.header.start, record.header.rate.hz(), {}});
    }
    append(record.samples, segments.back().samples);
  }
  return segments;
}

}  // namespace geod::trainer
