#include "trainer/hdf5_traces.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/ranges.h>

#include "trainer/resample.hpp"

namespace geod::trainer {

Result<std::unique_ptr<Hdf5TraceReader>> Hdf5TraceReader::open(
    const std::vector<std::filesystem::path>& files,
    std::vector<Hdf5Trace> traces,
    double sampling_rate_hz) {
  std::unique_ptr<Hdf5TraceReader> reader(new Hdf5TraceReader);
  for (const std::filesystem::path& path : files) {
    auto file = streams::Hdf5File::open(path);
    if (!file) {
      return tl::unexpected(file.error());
    }
    reader->files_.push_back(std::move(*file));
    reader->names_.push_back(path.filename().string());
  }
  reader->traces_ = std::move(traces);
  reader->identity_ = names_and_sizes(files);
  reader->rate_hz_ = sampling_rate_hz;
  return reader;
}

Result<std::vector<float>> Hdf5TraceReader::read(std::size_t index) const {
  const Hdf5Trace& trace = traces_[index];
  std::vector<std::int64_t> offset{0, 0};
  std::vector<std::int64_t> count{trace.time_first ? trace.samples : trace.channels,
                                  trace.time_first ? trace.channels : trace.samples};
  const streams::Hdf5File& file = files_[trace.file];
  if (trace.row >= 0) {
    offset.insert(offset.begin(), trace.row);
    count.insert(count.begin(), 1);
  } else {
    const auto shape = file.shape(trace.dataset);
    if (!shape) {
      return tl::unexpected(shape.error());
    }
    if (*shape != count) {
      return fail(Errc::kCorruptRecord,
                  "{}: {}: shape [{}], [{}] was expected",
                  names_[trace.file],
                  trace.dataset,
                  fmt::join(*shape, ", "),
                  fmt::join(count, ", "));
    }
  }
  const auto block = file.read(trace.dataset, offset, count);
  if (!block) {
    return tl::unexpected(block.error());
  }
  std::vector<float> out;
  std::vector<double> channel(static_cast<std::size_t>(trace.samples));
  const auto step = static_cast<std::size_t>(trace.time_first ? trace.channels : 1);
  for (const int position : trace.order) {
    const std::size_t first = position < 0 ? 0
                              : trace.time_first
                                  ? static_cast<std::size_t>(position)
                                  : static_cast<std::size_t>(position * trace.samples);
    for (std::size_t i = 0; i < channel.size(); ++i) {
      channel[i] = position < 0 ? 0.0 : static_cast<double>((*block)[first + i * step]);
    }
    if (!std::ranges::all_of(channel, [](double v) { return std::isfinite(v); })) {
      return fail(Errc::kCorruptRecord,
                  "{}: {}: holds samples that are no finite numbers",
                  names_[trace.file],
                  trace.dataset);
    }
    const std::vector<float> at_rate = resample(channel, trace.sampling_rate_hz, rate_hz_);
    out.insert(out.end(), at_rate.begin(), at_rate.end());
  }
  return out;
}

Result<void> probe(const WaveformReader& reader, std::size_t traces) {
  constexpr std::size_t kProbes = 8;
  const std::size_t probes = std::min(kProbes, traces);
  Result<void> first;
  for (std::size_t i = 0; i < probes; ++i) {
    const auto read = reader.read(i * traces / probes);
    if (read) {
      return {};
    }
    if (first) {
      first = tl::unexpected(read.error());
    }
  }
  return first;
}

}  // namespace geod::trainer
