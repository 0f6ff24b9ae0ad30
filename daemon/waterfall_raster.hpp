#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "daemon/waterfall_picture.hpp"
#include "streams/png_file.hpp"

namespace geod {

/// The samples of `panels` in `view` as a picture with a palette: red above the mean of a channel,
/// blue below, full colour from its 99th percentile on, grey where there is none. Row 0 is the last
/// channel; times run to the right.
streams::PngPicture waterfall_raster(std::span<const FibrePanel> panels,
                                     const WaterfallView& view,
                                     std::int64_t rows,
                                     std::int64_t columns);

/// A stretch of a row, in pixels: [from, to).
struct PixelSpan {
  double from = 0.0;
  double to = 0.0;
};

/// The same stretches in order, those that touch as one.
std::vector<PixelSpan> united(std::vector<PixelSpan> spans);

/// The border of an area that is told row by row, as commands of an SVG path. Spans of a row ascend
/// and are disjoint. Row 0 lies at `top`, each is `height` high.
std::string outline_of(const std::vector<std::vector<PixelSpan>>& rows, double top, double height);

}  // namespace geod
