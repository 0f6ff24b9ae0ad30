#include "catalog/amplitude.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "catalog/wood_anderson.hpp"

namespace geod::catalog {
namespace {

/// Below this rate the peak of a trace of 1.25 Hz falls between the samples.
constexpr double kLeastRateHz = 10.0;
constexpr double kLeastAfterS = 15.0;
constexpr auto kNoiseBeforeP = std::chrono::seconds{1};
constexpr double kLargestSample = 1e30;
constexpr double kLeastNoisePart = 0.25;
/// What stands for a ratio without any noise.
constexpr double kLargestSnr = 1e6;
/// A plateau: so many equal samples at the extreme...
constexpr std::size_t kPlateauSamples = 3;
/// ... with a step to them that is this part of the range. A wave turns in steps of its own size
/// over the square of the samples a period: less.
constexpr double kPlateauStep = 0.005;
/// Active sensors (STS-2, Trillium, CMG-3T) give up to 20 V, without a plateau beyond.
constexpr double kLargestVolts = 19.0;
/// The last values of a digitizer of 24 bits: a record that turns exactly there did not turn.
constexpr double kFullScale = 8'388'607.0;
/// Integers of a smaller range stand still by rounding.
constexpr double kLeastRangeCounts = 1000.0;

std::span<const double> part(const Waveform& waveform,
                             const std::vector<double>& values,
                             const TimeSpan& span) {
  const auto at = [&](Time time) {
    const std::int64_t index = waveform.rate.samples_ceil(time - waveform.start);
    return static_cast<std::size_t>(
        std::clamp<std::int64_t>(index, 0, static_cast<std::int64_t>(values.size())));
  };
  const std::size_t from = at(span.from);
  return std::span(values).subspan(from, std::max(from, at(span.to)) - from);
}

double peak_of(std::span<const double> values) {
  double peak = 0.0;
  for (const double value : values) {
    peak = std::max(peak, std::abs(value));
  }
  return peak;
}

bool is_full_scale(double extreme) {
  return std::abs(extreme) == kFullScale || extreme == -kFullScale - 1.0;
}

bool is_whole(double value) {
  return value == std::round(value);
}

/// Whether `values` stand still at `extreme` after a steep way.
bool has_plateau(std::span<const double> values, double extreme, double range) {
  for (std::size_t i = 0; i < values.size();) {
    std::size_t end = i;
    while (end < values.size() && values[end] == extreme) {
      ++end;
    }
    if (end - i >= kPlateauSamples) {
      const double before = i > 0 ? std::abs(values[i - 1] - extreme) : 0.0;
      const double after = end < values.size() ? std::abs(values[end] - extreme) : 0.0;
      if (std::max(before, after) > kPlateauStep * range) {
        return true;
      }
    }
    i = std::max(end, i + 1);
  }
  return false;
}

bool is_clipped(const Waveform& waveform, const TimeSpan& span, const FrequencyResponse& response) {
  const auto overlaps = [&span](const TimeSpan& clipped) {
    return clipped.from < span.to && span.from < clipped.to;
  };
  if (std::any_of(waveform.clipped.begin(), waveform.clipped.end(), overlaps)) {
    return true;
  }
  const std::span<const double> counts = part(waveform, waveform.samples, span);
  const auto [low, high] = std::minmax_element(counts.begin(), counts.end());
  const double range = *high - *low;
  if (response.counts_per_volt() && 0.5 * range > kLargestVolts * *response.counts_per_volt()) {
    return true;
  }
  if (range < kLeastRangeCounts && std::all_of(counts.begin(), counts.end(), is_whole)) {
    return false;
  }
  return is_full_scale(*low) || is_full_scale(*high) || has_plateau(counts, *low, range) ||
         has_plateau(counts, *high, range);
}

/// Where the trace crosses zero, in samples, going from `peak` by `step` of +1 or -1; the end of
/// the trace where it does not.
double crossing(const std::vector<double>& trace, std::size_t peak, int step) {
  const auto last = static_cast<std::ptrdiff_t>(trace.size()) - 1;
  auto at = static_cast<std::ptrdiff_t>(peak);
  while (at + step >= 0 && at + step <= last) {
    const double here = trace[static_cast<std::size_t>(at)];
    const double next = trace[static_cast<std::size_t>(at + step)];
    if ((here > 0.0) != (next > 0.0)) {
      return static_cast<double>(at) + step * here / (here - next);
    }
    at += step;
  }
  return static_cast<double>(at);
}

/// The piece that holds the whole signal window, or why there is none.
Result<Waveform> piece_around(const SourceId& channel,
                              const WaveformSource& waveforms,
                              const AmplitudeWindow& window) {
  auto pieces = waveforms.read(
      channel, window.noise.from - kAmplitudeMargin, window.signal.to + kAmplitudeMargin);
  if (!pieces) {
    return tl::unexpected(pieces.error());
  }
  for (Waveform& piece : *pieces) {
    // The window's ends fall between samples.
    const Duration period = piece.rate.period();
    if (piece.start <= window.signal.from + period && piece.end() >= window.signal.to - period) {
      return std::move(piece);
    }
  }
  return fail(Errc::kNotFound,
              "{} from {} to {}",
              pieces->empty() ? "no samples" : "samples are missing",
              to_iso(window.signal.from, 1),
              to_iso(window.signal.to, 1));
}

Result<void> check_samples(const Waveform& piece, const AmplitudeWindow& window) {
  if (piece.rate.hz() < kLeastRateHz) {
    return fail(Errc::kUnsupported,
                "{} are too few samples a second for a local magnitude",
                piece.rate.hz());
  }
  if (!std::all_of(piece.samples.begin(), piece.samples.end(), [](double value) {
        return std::abs(value) < kLargestSample;
      })) {
    return fail(Errc::kUnsupported, "samples are not finite");
  }
  const std::span<const double> counts = part(piece, piece.samples, window.signal);
  const auto [low, high] = std::minmax_element(counts.begin(), counts.end());
  if (counts.empty() || *low == *high) {
    return fail(Errc::kUnsupported, "the samples do not change");
  }
  const Duration noise = window.noise.to - std::max(window.noise.from, piece.start);
  const Duration length = window.signal.to - window.signal.from;
  if (to_seconds(noise) < kLeastNoisePart * to_seconds(length)) {
    return fail(Errc::kNotFound,
                "only {:.1f} s of noise before a window of {:.1f} s",
                std::max(0.0, to_seconds(noise)),
                to_seconds(length));
  }
  return {};
}

}  // namespace

AmplitudeWindow amplitude_window(Time p, Time s) {
  const double s_minus_p = std::max(0.0, to_seconds(s - p));
  const Time to = std::max(p, s) + duration_from_seconds(std::max(kLeastAfterS, s_minus_p));
  const Time quiet = p - kNoiseBeforeP;
  return {{p, to}, {quiet - (to - p), quiet}};
}

Result<Amplitude> measure_amplitude(const SourceId& channel,
                                    const WaveformSource& waveforms,
                                    const FrequencyResponse& response,
                                    const AmplitudeWindow& window,
                                    double least_snr) {
  const auto piece = piece_around(channel, waveforms, window);
  if (!piece) {
    return tl::unexpected(piece.error());
  }
  if (auto good = check_samples(*piece, window); !good) {
    return tl::unexpected(good.error());
  }
  const double rate_hz = piece->rate.hz();
  const std::vector<double> trace =
      wood_anderson_nm(piece->samples, rate_hz, response, to_seconds(kAmplitudeMargin));
  const std::span<const double> signal = part(*piece, trace, window.signal);
  const auto largest = std::max_element(
      signal.begin(), signal.end(), [](double a, double b) { return std::abs(a) < std::abs(b); });
  const auto peak = static_cast<std::size_t>(&*largest - trace.data());
  const double noise = peak_of(part(*piece, trace, window.noise));

  Amplitude amplitude;
  amplitude.channel = channel;
  amplitude.value_nm = std::abs(*largest);
  if (!std::isfinite(amplitude.value_nm) || amplitude.value_nm == 0.0) {
    return fail(Errc::kUnsupported, "the response gives no finite ground motion");
  }
  amplitude.period_s = 2.0 * (crossing(trace, peak, 1) - crossing(trace, peak, -1)) / rate_hz;
  amplitude.time = piece->start + piece->rate.span_of(static_cast<std::int64_t>(peak));
  amplitude.window_from = window.signal.from;
  amplitude.window_to = window.signal.to;
  amplitude.snr = noise > 0.0 ? std::min(kLargestSnr, amplitude.value_nm / noise) : kLargestSnr;
  amplitude.use = is_clipped(*piece, window.signal, response) ? AmplitudeUse::kClipped
                  : amplitude.snr < least_snr                 ? AmplitudeUse::kLowSnr
                                                              : AmplitudeUse::kUsed;
  return amplitude;
}

}  // namespace geod::catalog
