#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/sample_rate.hpp"
#include "core/time.hpp"
#include "storage/stored_detection.hpp"

namespace geod {

/// Samples of a fibre, as a recording holds them.
struct FibrePanel {
  std::int64_t first_channel = 0;  ///< number along the fibre, as channels of detections
  std::int64_t channel_stride = 1;
  std::int64_t channels = 0;
  Time start;
  SampleRate rate;
  std::int64_t samples = 0;
  std::vector<float> values;  ///< [samples, channels] row major; not finite: missing
  std::string unit;           ///< of the values; empty: not told
};

/// What part of time and fibre a picture of `detection` shows: its extent, and around it `margin`
/// of time and a tenth of its channels.
struct WaterfallView {
  Time from;
  Time to;
  std::int64_t first_channel = 0;
  std::int64_t last_channel = 0;
};
WaterfallView waterfall_view(const FibreDetection& detection, Duration margin);

/// An SVG file: the samples of the panels as a picture (every channel about its mean and scaled to
/// its own 99th percentile, the largest sample of each pixel), the outline of the mask, the
/// arrivals, axes in UTC and metres or channels, and what the catalogue says in words. `panels` may
/// be empty. Errors of streams::encode_png.
Result<std::string> waterfall_svg(const storage::StoredDetection& stored,
                                  std::span<const FibrePanel> panels,
                                  const WaterfallView& view);

}  // namespace geod
