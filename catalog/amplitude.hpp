#pragma once

#include "catalog/frequency_response.hpp"
#include "core/error.hpp"
#include "core/magnitude.hpp"
#include "core/waveform_source.hpp"

namespace geod::catalog {

/// Where an amplitude and the noise before it are looked for.
struct AmplitudeWindow {
  TimeSpan signal;
  TimeSpan noise;  ///< before it
};

/// Data time beside both windows that is read as well, where it is there: for the flanks of the
/// taper.
inline constexpr Duration kAmplitudeMargin = std::chrono::seconds{5};

/// Largest zero-to-peak value of the Wood-Anderson trace of one channel in the window.
///
/// Flagged kClipped where the digitizer said so in the window, or the counts stand still at their
/// extreme for three samples or more although they run steeply up to it; kLowSnr where the peak is
/// below `least_snr` times that of the noise. Of the noise a quarter of the window's length is
/// enough.
/// Errors, each with the reason why there is no amplitude: kNotFound when samples or noise are
/// missing, kUnsupported when samples are not finite or do not change, or when there are too few of
/// them a second.
Result<Amplitude> measure_amplitude(const SourceId& channel,
                                    const WaveformSource& waveforms,
                                    const FrequencyResponse& response,
                                    const AmplitudeWindow& window,
                                    double least_snr);

}  // namespace geod::catalog
