#include "daemon/waterfall_picture.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "daemon/waterfall_raster.hpp"
#include "trainer/svg_axis.hpp"
#include "trainer/svg_frame.hpp"

namespace geod {
namespace {

using trainer::SvgPoint;

// Pixels.
constexpr double kWidth = 980.0;
constexpr double kHeight = 620.0;
constexpr double kMargin = 14.0;
constexpr double kArrivalRadius = 1.6;
/// From this length of the axis on distances are in kilometres.
constexpr double kLongFibre_m = 5000.0;
/// Channels around the detection, as a share of its own.
constexpr double kChannelMargin = 0.1;
constexpr std::int64_t kFewestMarginChannels = 8;

constexpr const char* kStyle =
    "svg{background:#fff;font:12px system-ui,'DejaVu Sans',sans-serif}"
    ".title{font-size:14px;font-weight:600;fill:#1b2230}"
    ".label,.tick{fill:#59616f}.tick{font-size:11px}"
    ".grid{stroke:#dfe1e6}.axis{stroke:#59616f}"
    ".mask{fill:none;stroke:#0b7a43;stroke-width:1.3}"
    ".phase-p{fill:#111;stroke:#fff;stroke-width:.5}"
    ".phase-s{fill:#e08a00;stroke:#fff;stroke-width:.5}"
    "line.phase-p{stroke:#111;stroke-width:3}line.phase-s{stroke:#e08a00;stroke-width:3}";

/// The smallest distance between two channels of the mask; 1 where it has one channel.
std::int64_t stride_of(const FibreDetection& detection) {
  std::int64_t stride = std::numeric_limits<std::int64_t>::max();
  for (std::size_t i = 1; i < detection.mask.size(); ++i) {
    const std::int64_t step = detection.mask[i].channel - detection.mask[i - 1].channel;
    stride = step > 0 ? std::min(stride, step) : stride;
  }
  return stride == std::numeric_limits<std::int64_t>::max() ? 1 : stride;
}

/// From time and channel to pixels, and the words for it.
class Plane {
 public:
  Plane(const FibreDetection& detection, const WaterfallView& view)
      : origin_(std::chrono::floor<std::chrono::seconds>(view.from)),
        spacing_m_(detection.channel_spacing_m),
        unit_m_(1.0) {
    const double last_m = static_cast<double>(view.last_channel) * spacing_m_;
    std::string label = "channel";
    if (spacing_m_ > 0.0) {
      unit_m_ = last_m >= kLongFibre_m ? 1000.0 : 1.0;
      label = unit_m_ > 1.0 ? "distance along the fibre, km" : "distance along the fibre, m";
    }
    x_ = {fmt::format("UTC, seconds after {}", to_iso(origin_, 0)),
          false,
          to_seconds(view.from - origin_),
          to_seconds(view.to - origin_)};
    y_ = {label, false, along(view.first_channel), along(view.last_channel)};
  }

  double seconds(Time time) const { return to_seconds(time - origin_); }
  /// Place of a channel on the axis, in its unit.
  double along(double channel) const {
    return spacing_m_ > 0.0 ? channel * spacing_m_ / unit_m_ : channel;
  }
  double along(std::int64_t channel) const { return along(static_cast<double>(channel)); }
  const trainer::PlotAxis& x() const { return x_; }
  const trainer::PlotAxis& y() const { return y_; }

 private:
  Time origin_;
  double spacing_m_;
  double unit_m_;
  trainer::PlotAxis x_;
  trainer::PlotAxis y_;
};

std::vector<std::string> caption_of(const storage::StoredDetection& stored,
                                    std::span<const FibrePanel> panels) {
  const FibreDetection& detection = stored.detection;
  std::string velocity = "apparent velocity not known";
  if (detection.apparent_velocity_m_s != 0.0) {
    velocity = fmt::format("apparent velocity {:.2f} km/s towards {} channels",
                           std::abs(detection.apparent_velocity_m_s) / 1000.0,
                           detection.apparent_velocity_m_s > 0.0 ? "higher" : "lower");
  }
  const std::string made_by =
      detection.adapter_id.empty()
          ? detection.model_id
          : fmt::format("{} on {}", detection.adapter_id, detection.model_id);
  std::vector<std::string> lines{
      fmt::format("{} to {}, channels {} to {} ({} in the mask), {}",
                  to_iso(detection.from, 2),
                  to_iso(detection.to, 2),
                  detection.first_channel,
                  detection.last_channel,
                  stored.channels,
                  velocity),
      fmt::format(
          "probability {:.2f} (mean of the mask), {:.2f} at most; {} arrivals of P, {} of S; "
          "made by {}",
          detection.mean_probability,
          detection.max_probability,
          stored.p_arrivals,
          stored.s_arrivals,
          made_by)};
  if (!panels.empty()) {
    const std::string& unit = panels.front().unit;
    lines.push_back(fmt::format(
        "samples{}: red above the mean of a channel, blue below, full colour from its 99th "
        "percentile on; grey: no data",
        unit.empty() ? "" : " in " + unit));
  }
  return lines;
}

void draw_mask(trainer::SvgFrame& frame,
               const trainer::SvgAxis& x,
               const trainer::SvgAxis& y,
               const Plane& plane,
               const FibreDetection& detection) {
  const double top = frame.top_left().y;
  const auto row_count = static_cast<std::size_t>(frame.bottom_right().y - top);
  std::vector<std::vector<PixelSpan>> rows(row_count);
  const double half = 0.5 * static_cast<double>(stride_of(detection));
  for (const MaskRun& run : detection.mask) {
    const auto channel = static_cast<double>(run.channel);
    const double from = y.pixel(plane.along(channel + half)) - top;
    const double to = y.pixel(plane.along(channel - half)) - top;
    const PixelSpan span{x.pixel(plane.seconds(run.from)), x.pixel(plane.seconds(run.to))};
    // Half-open, so that neighbouring channels share no row.
    for (auto row = static_cast<std::size_t>(std::max(0.0, std::ceil(from - 0.5)));
         row < row_count && static_cast<double>(row) + 0.5 < to;
         ++row) {
      rows[row].push_back(span);
    }
  }
  for (std::vector<PixelSpan>& row : rows) {
    row = united(std::move(row));
  }
  frame.canvas().path(outline_of(rows, top, 1.0), "mask");
}

void draw_arrivals(trainer::SvgFrame& frame,
                   const trainer::SvgAxis& x,
                   const trainer::SvgAxis& y,
                   const Plane& plane,
                   const FibreDetection& detection) {
  // One a phase and pixel row is all that can be told apart.
  std::map<std::pair<Phase, std::int64_t>, SvgPoint> points;
  for (const FibreArrival& arrival : detection.arrivals) {
    const SvgPoint at{x.pixel(plane.seconds(arrival.time)), y.pixel(plane.along(arrival.channel))};
    if (at.x >= frame.top_left().x && at.x <= frame.bottom_right().x) {
      points.emplace(std::pair{arrival.phase_hint, std::llround(at.y)}, at);
    }
  }
  for (const auto& [key, at] : points) {
    frame.canvas().circle(at, kArrivalRadius, key.first == Phase::kP ? "phase-p" : "phase-s");
  }
}

}  // namespace

WaterfallView waterfall_view(const FibreDetection& detection, Duration margin) {
  const std::int64_t channels = detection.last_channel - detection.first_channel;
  const auto around =
      std::max(kFewestMarginChannels * stride_of(detection),
               static_cast<std::int64_t>(kChannelMargin * static_cast<double>(channels)));
  return {detection.from - margin,
          detection.to + margin,
          detection.first_channel - around,
          detection.last_channel + around};
}

Result<std::string> waterfall_svg(const storage::StoredDetection& stored,
                                  std::span<const FibrePanel> panels,
                                  const WaterfallView& view) {
  const FibreDetection& detection = stored.detection;
  const Plane plane(detection, view);
  trainer::FrameText text{
      fmt::format("Detection {} on {}", detection.detection_id, detection.fibre_id),
      {{"mask", "mask"}},
      caption_of(stored, panels)};
  if (stored.p_arrivals > 0) {
    text.legend.push_back({"P arrivals", "phase-p"});
  }
  if (stored.s_arrivals > 0) {
    text.legend.push_back({"S arrivals", "phase-s"});
  }
  trainer::SvgFrame frame(kWidth, kHeight, std::move(text), plane.x(), plane.y());
  frame.canvas().style(kStyle);
  trainer::SvgAxis x(plane.x(), 0.0, 1.0);
  trainer::SvgAxis y(plane.y(), 0.0, 1.0);
  frame.draw(x, y);
  if (!panels.empty()) {
    const double width = frame.bottom_right().x - frame.top_left().x;
    const double height = frame.bottom_right().y - frame.top_left().y;
    const auto png = streams::encode_png(waterfall_raster(
        panels, view, static_cast<std::int64_t>(height), static_cast<std::int64_t>(width)));
    if (!png) {
      return tl::unexpected(png.error());
    }
    frame.canvas().image(frame.top_left(), width, height, *png);
  }
  draw_mask(frame, x, y, plane, detection);
  draw_arrivals(frame, x, y, plane, detection);
  return frame.canvas().finish(kMargin);
}

}  // namespace geod
