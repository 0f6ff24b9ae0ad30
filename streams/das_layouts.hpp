#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "streams/das_file.hpp"
#include "streams/hdf5_file.hpp"

namespace geod::streams {

/// A vendor's or community's way of laying a recording out in HDF5.
struct DasLayout {
  std::string_view name;
  bool (*is_of)(const Hdf5File& file);
  /// Options of the user are applied by the caller, but for `dataset` and `is_channel_major`.
  Result<DasArray> (*describe)(const Hdf5File& file, const DasFileOptions& options);
};

/// Each recognises only its own; PlainArray, the last, takes anything with a 2-D array.
extern const DasLayout kOptoDasLayout;
extern const DasLayout kFebusLayout;
extern const DasLayout kTerra15Layout;
extern const DasLayout kProdmlLayout;
extern const DasLayout kDasRcnLayout;
extern const DasLayout kDasdaeLayout;
extern const DasLayout kXdasLayout;
extern const DasLayout kPlainArrayLayout;

/// Times of a recording as its array of times tells: exact rate, and segments where it jumps.
struct DasTimes {
  SampleRate rate;
  std::vector<DasFileSegment> segments;
};

/// From integer times in ns, one a sample. Trailing times at or below 0 (never written) are left
/// out. Jitter below half a sample is smoothed; the rate is the round number nearby when the
/// recording cannot tell them apart. Error kCorruptRecord: fewer than two, not rising.
Result<DasTimes> times_from_ns(const std::string& what, const std::vector<std::int64_t>& times_ns);
/// From a data set of times: floating seconds, or integers in s, ms, us or ns by their size.
Result<DasTimes> read_times(const Hdf5File& file, const std::string& dataset);

/// Floating seconds since 1970 without the 100 ns that a product with 1e9 would lose. `seconds` is
/// from 0 to 9e9.
Time time_from_seconds(double seconds);

/// The rate of samples `period_s` apart: a round number of Hz, or a round number of ns.
Result<SampleRate> rate_of_period(double period_s);

/// The sample type that holds the values of a data set. kUnsupported when they are no numbers.
Result<DasSampleType> sample_type_of(const Hdf5File& file, const std::string& dataset);

/// Sets type, order and channels from a 2-D data set.
Result<void> take_shape(const Hdf5File& file, bool is_channel_major, DasArray& array);

/// Sets the places of the channels from data sets of one number a channel; no elevations: 0. Where
/// coordinates are not there nothing happens; where they are not of the channels one warning says
/// so.
void take_places(const Hdf5File& file,
                 const std::string& latitudes,
                 const std::string& longitudes,
                 const std::string& elevations,
                 DasArray& array);

/// Number of samples along the time axis of `array.dataset`.
Result<std::int64_t> rows_of(const Hdf5File& file, const DasArray& array);

/// "nanostrain/s", "m / s", "rad/(s·m)": unit and factor. Unknown words: nothing.
std::optional<std::pair<DasUnit, double>> parse_das_unit(std::string_view text);
/// Sets unit and scale; an unknown word is logged and the samples stay counts.
void take_unit(const Hdf5File& file, const std::optional<std::string>& text, DasArray& array);

}  // namespace geod::streams
