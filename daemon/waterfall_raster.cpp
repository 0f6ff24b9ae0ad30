#include "daemon/waterfall_raster.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include <fmt/format.h>

namespace geod {
namespace {

// Colours 0 to 254 run from blue over white to red; 255 is where there are no data.
constexpr int kMiddle = 127;
constexpr std::uint8_t kNoData = 255;
constexpr streams::Rgb kBlue{20, 64, 140};
constexpr streams::Rgb kRed{160, 24, 32};
constexpr streams::Rgb kNoDataColour{226, 227, 230};
constexpr double kFullColourQuantile = 0.99;

std::vector<streams::Rgb> make_palette() {
  std::vector<streams::Rgb> palette;
  for (int i = 0; i < kNoData; ++i) {
    const double share = std::abs(i - kMiddle) / static_cast<double>(kMiddle);
    const streams::Rgb& end = i < kMiddle ? kBlue : kRed;
    streams::Rgb colour{};
    for (std::size_t c = 0; c < colour.size(); ++c) {
      colour[c] = static_cast<std::uint8_t>(std::lround(255.0 - share * (255.0 - end[c])));
    }
    palette.push_back(colour);
  }
  palette.push_back(kNoDataColour);
  return palette;
}

/// The samples of a channel in one panel.
struct Trace {
  const FibrePanel* panel = nullptr;
  std::int64_t place = 0;  ///< of the channel in the panel

  float value(std::int64_t sample) const {
    return panel->values[static_cast<std::size_t>(sample * panel->channels + place)];
  }
  /// The sample at or before `time`; may lie outside of the panel.
  std::int64_t sample_at(Time time) const {
    return static_cast<std::int64_t>(
        std::floor(to_seconds(time - panel->start) * panel->rate.hz() + 1e-6));
  }
};

/// The channel nearest to `channel` in each panel that has one within its stride.
std::vector<Trace> traces_at(std::span<const FibrePanel> panels, double channel) {
  std::vector<Trace> traces;
  for (const FibrePanel& panel : panels) {
    const double place = (channel - static_cast<double>(panel.first_channel)) /
                         static_cast<double>(panel.channel_stride);
    if (place > -0.5 && place < static_cast<double>(panel.channels) - 0.5) {
      traces.push_back({&panel, static_cast<std::int64_t>(std::lround(place))});
    }
  }
  return traces;
}

struct ChannelScale {
  double mean = 0.0;
  double full = 0.0;  ///< amplitude of full colour
};

std::optional<ChannelScale> scale_of(const std::vector<Trace>& traces, const WaterfallView& view) {
  std::vector<float> values;
  double sum = 0.0;
  for (const Trace& trace : traces) {
    const std::int64_t from = std::max<std::int64_t>(0, trace.sample_at(view.from));
    const std::int64_t to = std::min(trace.panel->samples, trace.sample_at(view.to) + 1);
    for (std::int64_t i = from; i < to; ++i) {
      if (const float value = trace.value(i); std::isfinite(value)) {
        values.push_back(value);
        sum += value;
      }
    }
  }
  if (values.empty()) {
    return std::nullopt;
  }
  ChannelScale scale{sum / static_cast<double>(values.size()), 0.0};
  for (float& value : values) {
    value = static_cast<float>(std::abs(value - scale.mean));
  }
  const auto rank =
      static_cast<std::ptrdiff_t>(kFullColourQuantile * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + rank, values.end());
  scale.full = values[static_cast<std::size_t>(rank)];
  return scale;
}

/// The colour of the sample in [from, to) that is farthest from the mean, or of the one before when
/// the pixel is narrower than a sample.
std::uint8_t colour_of(const std::vector<Trace>& traces,
                       const ChannelScale& scale,
                       Time from,
                       Time to) {
  std::optional<double> farthest;
  for (const Trace& trace : traces) {
    const std::int64_t begin = trace.sample_at(from);
    const std::int64_t end = std::max(begin + 1, trace.sample_at(to));
    for (std::int64_t i = std::max<std::int64_t>(0, begin); i < std::min(end, trace.panel->samples);
         ++i) {
      const double value = trace.value(i) - scale.mean;
      if (std::isfinite(value) && (!farthest || std::abs(value) > std::abs(*farthest))) {
        farthest = value;
      }
    }
  }
  if (!farthest) {
    return kNoData;
  }
  const double share = scale.full > 0.0 ? std::clamp(*farthest / scale.full, -1.0, 1.0) : 0.0;
  return static_cast<std::uint8_t>(kMiddle + std::lround(share * kMiddle));
}

std::string vertical(double x, double y, double height) {
  return fmt::format("M{:.1f} {:.1f}v{:.2f}", x, y, height);
}

/// Where exactly one of two rows is covered, at the border between them.
std::string borders_between(const std::vector<PixelSpan>& above,
                            const std::vector<PixelSpan>& below,
                            double y) {
  constexpr double kShortest = 0.3;  // pixels; less is not seen
  std::vector<double> changes;
  for (const auto* row : {&above, &below}) {
    for (const PixelSpan& span : *row) {
      changes.push_back(span.from);
      changes.push_back(span.to);
    }
  }
  std::sort(changes.begin(), changes.end());
  std::string path;
  for (std::size_t i = 0; i + 1 < changes.size(); i += 2) {
    if (changes[i + 1] - changes[i] >= kShortest) {
      path += fmt::format("M{:.1f} {:.2f}H{:.1f}", changes[i], y, changes[i + 1]);
    }
  }
  return path;
}

}  // namespace

streams::PngPicture waterfall_raster(std::span<const FibrePanel> panels,
                                     const WaterfallView& view,
                                     std::int64_t rows,
                                     std::int64_t columns) {
  streams::PngPicture picture{
      streams::PngPicture::Kind::kPalette, rows, columns, {}, make_palette()};
  picture.samples.assign(static_cast<std::size_t>(rows * columns), kNoData);
  const double channels = static_cast<double>(view.last_channel - view.first_channel);
  const Duration span = view.to - view.from;
  for (std::int64_t row = 0; row < rows; ++row) {
    const double share = 1.0 - (static_cast<double>(row) + 0.5) / static_cast<double>(rows);
    const auto traces =
        traces_at(panels, static_cast<double>(view.first_channel) + share * channels);
    const auto scale = scale_of(traces, view);
    for (std::int64_t column = 0; scale && column < columns; ++column) {
      picture.samples[static_cast<std::size_t>(row * columns + column)] =
          colour_of(traces,
                    *scale,
                    view.from + span * column / columns,
                    view.from + span * (column + 1) / columns);
    }
  }
  return picture;
}

std::vector<PixelSpan> united(std::vector<PixelSpan> spans) {
  std::sort(spans.begin(), spans.end(), [](const PixelSpan& a, const PixelSpan& b) {
    return a.from < b.from;
  });
  std::vector<PixelSpan> out;
  for (const PixelSpan& span : spans) {
    if (!out.empty() && span.from <= out.back().to) {
      out.back().to = std::max(out.back().to, span.to);
    } else {
      out.push_back(span);
    }
  }
  return out;
}

std::string outline_of(const std::vector<std::vector<PixelSpan>>& rows, double top, double height) {
  const std::vector<PixelSpan> nothing;
  std::string path;
  for (std::size_t row = 0; row <= rows.size(); ++row) {
    const double y = top + static_cast<double>(row) * height;
    path += borders_between(
        row == 0 ? nothing : rows[row - 1], row == rows.size() ? nothing : rows[row], y);
    if (row < rows.size()) {
      for (const PixelSpan& span : rows[row]) {
        path += vertical(span.from, y, height) + vertical(span.to, y, height);
      }
    }
  }
  return path;
}

}  // namespace geod
