#include "daemon/section_traces.hpp"

#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>
#include <string_view>
#include <vector>

#include "trainer/iir_filter.hpp"

namespace geod {
namespace {

using trainer::ButterworthFilter;

constexpr int kPoles = 4;

/// Nothing unless all of `text` is a number.
std::optional<double> number(std::string_view text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number = error == std::errc{} && end == text.data() + text.size();
  return is_number && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

}  // namespace

Result<SectionBand> SectionBand::parse(const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash != std::string::npos) {
    const auto low = number(std::string_view(text).substr(0, slash));
    const auto high = number(std::string_view(text).substr(slash + 1));
    if (low && high && *low > 0.0 && *high > *low) {
      return SectionBand{*low, *high};
    }
  }
  return fail(Errc::kConfig,
              "'{}' is no band; write two frequencies in Hz, the lower one first: 1/15",
              text);
}

std::string in_words(const SectionBand& band) {
  return fmt::format(
      "vertical component, band-pass {:g} to {:g} Hz (Butterworth, causal, {} poles "
      "a corner)",
      band.low_hz,
      band.high_hz,
      kPoles);
}

Waveform band_passed(Waveform waveform, const SectionBand& band) {
  std::vector<double>& samples = waveform.samples;
  if (samples.empty()) {
    return waveform;
  }
  const double rate_hz = waveform.rate.hz();
  const double mean =
      std::accumulate(samples.begin(), samples.end(), 0.0) / static_cast<double>(samples.size());
  ButterworthFilter high_pass(ButterworthFilter::Kind::kHighPass, kPoles, band.low_hz, rate_hz);
  for (double& sample : samples) {
    sample = high_pass.step(sample - mean);
  }
  constexpr double kNearNyquist = 0.98;
  if (band.high_hz < kNearNyquist * 0.5 * rate_hz) {
    ButterworthFilter low_pass(ButterworthFilter::Kind::kLowPass, kPoles, band.high_hz, rate_hz);
    for (double& sample : samples) {
      sample = low_pass.step(sample);
    }
  }
  return waveform;
}

}  // namespace geod
