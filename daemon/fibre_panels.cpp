#include "daemon/fibre_panels.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "streams/das_file.hpp"

namespace geod {
namespace {

/// More channels than rows of a picture say nothing.
constexpr std::int64_t kMostChannels = 1500;
/// Raw bytes that are read at once.
constexpr std::int64_t kReadBytes = std::int64_t{64} << 20;
constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

/// Samples [from, to) of a segment that lie in the view.
struct SampleRange {
  std::int64_t from = 0;
  std::int64_t to = 0;
};
SampleRange range_of(const streams::DasFileSegment& segment,
                     const SampleRate& rate,
                     const WaterfallView& view) {
  const auto clamp = [&](Time time) {
    return std::clamp<std::int64_t>(rate.samples_ceil(time - segment.start), 0, segment.samples);
  };
  return {clamp(view.from), clamp(view.to)};
}

ChannelChoice choose_channels(const FibreGeometry& geometry, const WaterfallView& view) {
  const auto place = [&](std::int64_t channel) {
    return static_cast<double>(channel - geometry.first_channel) /
           static_cast<double>(geometry.channel_stride);
  };
  const auto [low, high] = std::minmax({place(view.first_channel), place(view.last_channel)});
  const auto first = std::max<std::int64_t>(0, static_cast<std::int64_t>(std::ceil(low)));
  const auto last = std::min(geometry.channels - 1, static_cast<std::int64_t>(std::floor(high)));
  if (first > last) {
    return {};
  }
  const std::int64_t every = (last - first) / kMostChannels + 1;
  return {first, every, (last - first) / every + 1};
}

bool takes_difference(DasUnit unit) {
  return unit == DasUnit::kStrain || unit == DasUnit::kPhase;
}

void to_differences(FibrePanel& panel) {
  const auto width = static_cast<std::size_t>(panel.channels);
  for (std::size_t i = panel.values.size(); i-- > width;) {
    panel.values[i] -= panel.values[i - width];
  }
  std::fill_n(panel.values.begin(), std::min(width, panel.values.size()), kMissing);
}

template <class Sample>
void copy_values(const DasBlock& block,
                 const ChannelChoice& choice,
                 std::vector<double>& reference,
                 std::vector<float>& values) {
  const std::int64_t channels = block.geometry->channels;
  const bool time_major = block.geometry->order == DasOrder::kTimeMajor;
  const auto value_at = [&](std::int64_t sample, std::int64_t k) {
    const std::int64_t channel = choice.first + k * choice.every;
    const std::int64_t place =
        time_major ? sample * channels + channel : channel * block.samples + sample;
    Sample value{};
    std::memcpy(
        &value, block.raw.get() + place * static_cast<std::int64_t>(sizeof(Sample)), sizeof value);
    return static_cast<double>(value);
  };
  for (auto k = static_cast<std::int64_t>(reference.size()); k < choice.count; ++k) {
    reference.push_back(value_at(0, k));
  }
  for (std::int64_t sample = 0; sample < block.samples; ++sample) {
    for (std::int64_t k = 0; k < choice.count; ++k) {
      const double value = value_at(sample, k) - reference[static_cast<std::size_t>(k)];
      values.push_back(static_cast<float>(value * block.geometry->scale));
    }
  }
}

Result<streams::DasFile> open(const std::filesystem::path& path, const PanelSource& source) {
  streams::DasFileOptions options;
  options.dataset = source.dataset;
  auto file = streams::DasFile::open(path, options);
  if (file || file.error().code != Errc::kConfig) {
    return file;
  }
  options.start = source.start;
  if (source.geometry) {
    options.rate_hz = source.geometry->rate.hz();
    options.channel_spacing_m = source.geometry->channel_spacing_m;
    options.unit = source.geometry->unit;
    options.scale = source.geometry->scale;
    options.is_channel_major = source.geometry->order == DasOrder::kChannelMajor;
  }
  return streams::DasFile::open(path, options);
}

/// Reads a range in pieces of bounded size.
Result<FibrePanel> read_panel(const streams::DasFile& file,
                              const streams::DasFileSegment& segment,
                              SampleRange range,
                              const ChannelChoice& choice) {
  const FibreGeometry& geometry = file.geometry();
  FibrePanel panel;
  panel.first_channel = geometry.channel_number(choice.first);
  panel.channel_stride = geometry.channel_stride * choice.every;
  panel.channels = choice.count;
  panel.start = segment.start + geometry.rate.span_of(range.from);
  panel.rate = geometry.rate;
  panel.samples = range.to - range.from;
  panel.unit = to_string(geometry.unit);
  const auto row_bytes = geometry.channels * static_cast<std::int64_t>(bytes_of(geometry.type));
  const std::int64_t rows = std::max<std::int64_t>(1, kReadBytes / row_bytes);
  std::vector<double> reference;
  for (std::int64_t from = range.from; from < range.to; from += rows) {
    const auto block = file.read(segment, from, std::min(range.to, from + rows));
    if (!block) {
      return tl::unexpected(block.error());
    }
    const std::vector<float> values = panel_values(*block, choice, reference);
    panel.values.insert(panel.values.end(), values.begin(), values.end());
  }
  if (takes_difference(geometry.unit)) {
    to_differences(panel);
    panel.unit += ", as differences from sample to sample";
  }
  return panel;
}

}  // namespace

std::vector<float> panel_values(const DasBlock& block,
                                const ChannelChoice& choice,
                                std::vector<double>& reference) {
  std::vector<float> values;
  values.reserve(static_cast<std::size_t>(block.samples * choice.count));
  switch (block.geometry->type) {
    case DasSampleType::kInt16:
      copy_values<std::int16_t>(block, choice, reference, values);
      break;
    case DasSampleType::kInt32:
      copy_values<std::int32_t>(block, choice, reference, values);
      break;
    case DasSampleType::kFloat32:
      copy_values<float>(block, choice, reference, values);
      break;
    case DasSampleType::kFloat64:
      copy_values<double>(block, choice, reference, values);
      break;
  }
  return values;
}

Result<std::vector<FibrePanel>> read_fibre_panels(const PanelSource& source,
                                                  const WaterfallView& view) {
  std::vector<FibrePanel> panels;
  for (const std::filesystem::path& path : source.files) {
    const auto file = open(path, source);
    if (!file) {
      return tl::unexpected(file.error());
    }
    const ChannelChoice choice = choose_channels(file->geometry(), view);
    for (const streams::DasFileSegment& segment : file->segments()) {
      const SampleRange range = range_of(segment, file->geometry().rate, view);
      if (choice.count == 0 || range.from >= range.to) {
        continue;
      }
      auto panel = read_panel(*file, segment, range, choice);
      if (!panel) {
        return fail_with(panel.error(), path.string());
      }
      panels.push_back(std::move(*panel));
    }
  }
  if (panels.empty()) {
    return fail(Errc::kNotFound,
                "the recordings have no sample of channels {} to {} from {} to {}; give those of "
                "the detection's time",
                view.first_channel,
                view.last_channel,
                to_iso(view.from, 3),
                to_iso(view.to, 3));
  }
  return panels;
}

}  // namespace geod
