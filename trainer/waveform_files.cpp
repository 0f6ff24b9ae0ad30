#include "trainer/waveform_files.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <libmseed.h>

namespace geod::trainer {

Result<std::vector<WaveformSegment>> read_waveforms(const std::filesystem::path& directory) {
  static const std::set<std::string> kEndings{".mseed", ".ms", ".miniseed", ".msd"};
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory, error)) {
    if (entry.is_regular_file() && kEndings.contains(entry.path().extension().string())) {
      files.push_back(entry.path());
    }
  }
  if (files.empty()) {
    return fail(Errc::kNotFound, "{}: holds no miniSEED file", directory.string());
  }
  std::ranges::sort(files);
  std::vector<WaveformSegment> segments;
  for (const auto& file : files) {
    MSTraceGroup* group = nullptr;
    if (ms_readtraces(&group, file.c_str(), 0, -1.0, -1.0, 0, 1, 1, 0) != MS_NOERROR) {
      return fail(Errc::kCorruptRecord, "{}: not readable as miniSEED", file.string());
    }
    for (MSTrace* trace = group->traces; trace != nullptr; trace = trace->next) {
      auto source =
          SourceId::from_seed(trace->network, trace->station, trace->location, trace->channel);
      if (!source) {
        return fail_with(source.error(), file.string());
      }
      WaveformSegment segment;
      segment.source = *source;
      segment.start = time_from_ns(trace->starttime * 1000);
      segment.sampling_rate_hz = trace->samprate;
      for (std::int64_t i = 0; i < trace->numsamples; ++i) {
        segment.samples.push_back(
            trace->sampletype == 'i'
                ? static_cast<double>(static_cast<std::int32_t*>(trace->datasamples)[i])
            : trace->sampletype == 'f'
                ? static_cast<double>(static_cast<float*>(trace->datasamples)[i])
                : static_cast<double*>(trace->datasamples)[i]);
      }
      segments.push_back(std::move(segment));
    }
    mst_freegroup(&group);
  }
  std::ranges::stable_sort(segments, [](const auto& a, const auto& b) {
    return std::tie(a.source, a.start) < std::tie(b.source, b.start);
  });
  return segments;
}

}  // namespace geod::trainer
