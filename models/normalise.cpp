#include "models/normalise.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/error.hpp"

namespace geod::models {
namespace {

/// The complement of `missing` in [0, samples); spans outside the window are clipped.
std::vector<SampleSpan> present_spans(const std::vector<SampleSpan>& missing,
                                      std::int64_t samples) {
  std::vector<SampleSpan> present;
  std::int64_t begin = 0;
  for (const SampleSpan& gap : missing) {
    const std::int64_t end = std::clamp(gap.begin, begin, samples);
    if (end > begin) {
      present.push_back({begin, end});
    }
    begin = std::clamp(gap.end, begin, samples);
  }
  if (samples > begin) {
    present.push_back({begin, samples});
  }
  return present;
}

void normalise_component(std::span<const float> in,
                         const std::vector<SampleSpan>& missing,
                         std::span<float> out) {
  std::fill(out.begin(), out.end(), 0.0F);
  const auto spans = present_spans(missing, static_cast<std::int64_t>(in.size()));
  const auto over_present = [&spans](auto&& body) {
    for (const SampleSpan& span : spans) {
      for (auto i = static_cast<std::size_t>(span.begin); i < static_cast<std::size_t>(span.end);
           ++i) {
        body(i);
      }
    }
  };
  double sum = 0.0;
  double count = 0.0;
  over_present([&](std::size_t i) {
    sum += static_cast<double>(in[i]);
    count += 1.0;
  });
  const double mean = sum / count;
  double squares = 0.0;
  over_present([&](std::size_t i) {
    const double deviation = static_cast<double>(in[i]) - mean;
    squares += deviation * deviation;
  });
  const double deviation = std::sqrt(squares / count);
  if (!std::isfinite(deviation)) {  // also when there is no sample at all
    return;
  }
  const double scale = deviation > 0.0 ? 1.0 / deviation : 1.0;
  over_present([&](std::size_t i) {
    out[i] = static_cast<float>((static_cast<double>(in[i]) - mean) * scale);
  });
}

}  // namespace

void normalise(const Window& window, std::span<float> out) {
  const auto samples = static_cast<std::size_t>(window.samples);
  GEOD_CHECK(window.data.size() == kComponents * samples && out.size() == kComponents * samples,
             "window size");
  for (std::size_t c = 0; c < kComponents; ++c) {
    normalise_component(std::span(window.data).subspan(c * samples, samples),
                        window.missing[c],
                        out.subspan(c * samples, samples));
  }
}

}  // namespace geod::models
