#pragma once

#include <string>

#include "core/error.hpp"
#include "core/waveform_source.hpp"

namespace geod {

/// Corners of the band-pass of a record section.
struct SectionBand {
  double low_hz = 1.0;
  double high_hz = 15.0;

  /// Reads "1/15". kConfig otherwise.
  static Result<SectionBand> parse(const std::string& text);
};

/// What the filter is, for the picture's caption.
std::string in_words(const SectionBand& band);

/// The samples about their mean through a causal Butterworth band-pass with four poles at either
/// corner: onsets move a little later, but nothing shows before them. Corners at 98 % of the
/// Nyquist frequency and above leave the upper end as it is.
Waveform band_passed(Waveform waveform, const SectionBand& band);

}  // namespace geod
