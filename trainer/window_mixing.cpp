#include "trainer/window_mixing.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "trainer/iir_filter.hpp"

namespace geod::trainer {
namespace {

/// Above this ratio of root mean squares a label stays; down to kMaskRatio it is masked.
constexpr double kKeepRatio = 1.0;
constexpr double kMaskRatio = 0.25;
constexpr double kProminenceCornerHz = 2.0;
constexpr double kHighPassedDiscount = 1.3;
constexpr double kMaskHalfWidthS = 0.5;
/// Masks up to this length belong to one doubtful pick and are not stretched.
constexpr double kPointMaskS = 1.01;
/// Less than a second of data is no window.
constexpr std::int64_t kMinOverlap = 100;

double mean_square(const LabelledWindow& window,
                   std::size_t first_component,
                   std::size_t end_component,
                   std::int64_t begin,
                   std::int64_t end) {
  begin = std::max<std::int64_t>(0, begin);
  end = std::min(window.samples, end);
  if (end <= begin) {
    return 0.0;
  }
  double sum = 0.0;
  for (std::size_t c = first_component; c < end_component; ++c) {
    const auto component = window.component(c);
    for (std::int64_t i = begin; i < end; ++i) {
      const double value = static_cast<double>(component[static_cast<std::size_t>(i)]);
      sum += value * value;
    }
  }
  return sum / static_cast<double>((end - begin) *
                                   static_cast<std::int64_t>(end_component - first_component));
}

LabelledWindow high_passed(const LabelledWindow& window, double rate_hz) {
  LabelledWindow filtered = window;
  for (std::size_t c = 0; c < kComponents; ++c) {
    ButterworthFilter(ButterworthFilter::Kind::kHighPass, 2, kProminenceCornerHz, rate_hz)
        .apply(filtered.component(c));
  }
  return filtered;
}

/// Tests labels of `own` against `other`, as recorded and, where they do not stand out so, above
/// 2 Hz: a small event on the long-period coda of a large one stays an arrival.
class ProminenceTest {
 public:
  ProminenceTest(const LabelledWindow& own, const LabelledWindow& other, double rate_hz)
      : own_(own), other_(other), rate_hz_(rate_hz) {}

  double operator()(const PhaseLabel& label) {
    const double broadband = level_ratio(label, own_, other_, rate_hz_);
    if (broadband >= kKeepRatio) {
      return broadband;
    }
    if (!own_high_) {
      own_high_ = high_passed(own_, rate_hz_);
      other_high_ = high_passed(other_, rate_hz_);
    }
    const double high = level_ratio(label, *own_high_, *other_high_, rate_hz_);
    return std::max(broadband, high / kHighPassedDiscount);
  }

 private:
  const LabelledWindow& own_;
  const LabelledWindow& other_;
  double rate_hz_;
  std::optional<LabelledWindow> own_high_;
  std::optional<LabelledWindow> other_high_;
};

}  // namespace

double level_ratio(const PhaseLabel& label,
                   const LabelledWindow& own,
                   const LabelledWindow& other,
                   double sampling_rate_hz) {
  const bool horizontals = label.phase == Phase::kS && !own.vertical_only;
  const std::size_t first = horizontals ? 1 : 0;
  const std::size_t end = horizontals ? 3 : 1;
  const auto second = static_cast<std::int64_t>(std::lround(sampling_rate_hz));
  const auto at = static_cast<std::int64_t>(std::llround(label.sample));
  const double signal = mean_square(own, first, end, at, at + second);
  const double noise = mean_square(other, first, end, at - second, at + second / 2);
  return std::sqrt(signal / std::max(noise, 1e-40));
}

LabelledWindow cut_window(const Recording& recording,
                          double start,
                          double stretch,
                          std::int64_t window_samples,
                          double sampling_rate_hz) {
  LabelledWindow window(window_samples);
  window.vertical_only = recording.vertical_only;
  const auto first = static_cast<std::int64_t>(std::floor(start));
  const auto wanted =
      static_cast<std::int64_t>(std::ceil(static_cast<double>(window_samples) * stretch)) + 1;
  const std::int64_t begin = std::max<std::int64_t>(0, first);
  const std::int64_t end = std::min(recording.samples, first + wanted);
  const Waveform waveform = recording.waveform();
  if (waveform.missing()) {
    const auto all = static_cast<double>(window_samples);
    window.masks = {{Phase::kP, 0.0, all}, {Phase::kS, 0.0, all}};
    return window;
  }
  if (end - begin < kMinOverlap) {
    return window;
  }
  for (std::size_t c = 0; c < kComponents; ++c) {
    const float* in = waveform.component(c).data();
    double sum = 0.0;
    for (std::int64_t i = begin; i < end; ++i) {
      sum += static_cast<double>(in[i]);
    }
    const auto mean = static_cast<float>(sum / static_cast<double>(end - begin));
    float* out = window.component(c).data();
    for (std::int64_t k = 0; k < window_samples; ++k) {
      const double position = static_cast<double>(first) + static_cast<double>(k) * stretch;
      if (position < static_cast<double>(begin) || position > static_cast<double>(end - 1)) {
        continue;
      }
      const auto left = std::min(static_cast<std::int64_t>(position), end - 2);
      const auto weight = static_cast<float>(position - static_cast<double>(left));
      out[k] = in[left] + (in[left + 1] - in[left]) * weight - mean;
    }
  }
  const auto length = static_cast<double>(window_samples);
  const auto placed = [&](double sample) {
    return (sample - static_cast<double>(first)) / stretch;
  };
  for (const PhaseLabel& label : recording.labels) {
    const double at = placed(label.sample);
    if (at >= 0.0 && at < length) {
      window.labels.push_back({label.phase, at});
    }
  }
  for (const PhaseMask& mask : recording.masks) {
    double mask_begin = placed(mask.begin);
    double mask_end = placed(mask.end);
    if (mask_end <= 0.0 || mask_begin >= length) {
      continue;
    }
    if (mask.end - mask.begin <= kPointMaskS * sampling_rate_hz) {
      const double centre = (mask_begin + mask_end) / 2.0;
      mask_begin = centre - kMaskHalfWidthS * sampling_rate_hz;
      mask_end = centre + kMaskHalfWidthS * sampling_rate_hz;
    }
    window.masks.push_back({mask.phase, mask_begin, mask_end});
  }
  return window;
}

LabelledWindow superpose(const LabelledWindow& first,
                         const LabelledWindow& second,
                         double sampling_rate_hz) {
  LabelledWindow sum(first.samples);
  sum.vertical_only = first.vertical_only || second.vertical_only;
  sum.masks = first.masks;
  sum.masks.insert(sum.masks.end(), second.masks.begin(), second.masks.end());
  for (const auto& [own, other] : {std::pair{&first, &second}, std::pair{&second, &first}}) {
    ProminenceTest prominence(*own, *other, sampling_rate_hz);
    for (const PhaseLabel& label : own->labels) {
      const double ratio = prominence(label);
      const double half = kMaskHalfWidthS * sampling_rate_hz;
      if (ratio >= kKeepRatio) {
        sum.labels.push_back(label);
      } else if (ratio > kMaskRatio) {
        sum.masks.push_back({label.phase, label.sample - half, label.sample + half});
      }
    }
  }
  const auto used = static_cast<std::size_t>(sum.samples) * (sum.vertical_only ? 1 : kComponents);
  for (std::size_t i = 0; i < used; ++i) {
    sum.data[i] = first.data[i] + second.data[i];
  }
  return sum;
}

void pad_one_end(LabelledWindow& window, Rng& rng, double sampling_rate_hz) {
  const auto width =
      static_cast<std::int64_t>(rng.uniform(0.05, 0.6) * static_cast<double>(window.samples));
  const bool leading = rng.chance(0.6);
  const bool recentre = rng.chance(0.5);
  const std::int64_t begin = leading ? 0 : window.samples - width;
  const std::int64_t end = leading ? width : window.samples;
  for (std::size_t c = 0; c < kComponents; ++c) {
    const auto component = window.component(c);
    std::fill(component.begin() + begin, component.begin() + end, 0.0F);
    if (recentre) {
      const auto size = static_cast<std::size_t>(width);
      remove_mean(leading ? component.subspan(size) : component.first(component.size() - size));
    }
  }
  std::erase_if(window.labels, [&](const PhaseLabel& label) {
    return label.sample >= static_cast<double>(begin) - 1.0 &&
           label.sample < static_cast<double>(end) + 1.0;
  });
  const auto edge = static_cast<double>(end);
  const bool close = std::ranges::any_of(window.labels, [&](const PhaseLabel& label) {
    return std::abs(label.sample - edge) < sampling_rate_hz;
  });
  if (leading && close) {
    for (const Phase phase : {Phase::kP, Phase::kS}) {
      window.masks.push_back({phase, edge, edge + 0.6 * sampling_rate_hz});
    }
  }
}

double standard_deviation(std::span<const float> samples) {
  if (samples.empty()) {
    return 0.0;
  }
  double sum = 0.0;
  for (const float sample : samples) {
    sum += static_cast<double>(sample);
  }
  const double mean = sum / static_cast<double>(samples.size());
  double squares = 0.0;
  for (const float sample : samples) {
    const double deviation = static_cast<double>(sample) - mean;
    squares += deviation * deviation;
  }
  return std::sqrt(squares / static_cast<double>(samples.size()));
}

void remove_mean(std::span<float> samples) {
  double sum = 0.0;
  for (const float sample : samples) {
    sum += static_cast<double>(sample);
  }
  const auto mean =
      static_cast<float>(sum / static_cast<double>(std::max<std::size_t>(1, samples.size())));
  for (float& sample : samples) {
    sample -= mean;
  }
}

void normalise_span(std::span<float> samples) {
  remove_mean(samples);
  const double deviation = standard_deviation(samples);
  const auto scale = deviation > 1e-20 ? static_cast<float>(1.0 / deviation) : 0.0F;
  for (float& sample : samples) {
    sample *= scale;
  }
}

void normalise(LabelledWindow& window) {
  for (std::size_t c = 0; c < kComponents; ++c) {
    normalise_span(window.component(c));
  }
}

void normalise_present(LabelledWindow& window) {
  const auto length = static_cast<std::size_t>(window.samples);
  const auto is_zero = [&](std::size_t i) {
    return window.data[i] == 0.0F && window.data[length + i] == 0.0F &&
           window.data[2 * length + i] == 0.0F;
  };
  std::size_t begin = 0;
  std::size_t end = length;
  while (begin < end && is_zero(begin)) {
    ++begin;
  }
  while (end > begin && is_zero(end - 1)) {
    --end;
  }
  for (std::size_t c = 0; c < kComponents; ++c) {
    normalise_span(window.component(c).subspan(begin, end - begin));
  }
}

}  // namespace geod::trainer
