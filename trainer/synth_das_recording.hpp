#pragma once

#include <cstdint>
#include <filesystem>

#include "core/error.hpp"
#include "core/time.hpp"

namespace geod::trainer {

struct SynthDasRecordingOptions {
  std::filesystem::path out;
  std::uint64_t seed = 1;
  double length_s = 60.0;
  double rate_hz = 100.0;
  double spacing_m = 10.0;
  std::int64_t channels = 500;
  bool with_events = true;
  std::filesystem::path moveouts;                   ///< as of SynthDasOptions
  Time start = time_from_ns(1577836800'000000000);  ///< 2020-01-01
};

struct SynthDasRecordingReport {
  std::int64_t samples = 0;  ///< per channel
  std::int64_t events = 0;
};

/// Writes a continuous recording of one fibre for `geod replay`: recording.h5 (see
/// streams/das_array_file) and arrivals.csv with the true times of P and S on every channel, seen
/// or not. The same options give the same samples. Errors: kConfig above 64 Mi samples; kIo;
/// those of the moveouts.
Result<SynthDasRecordingReport> synthesise_das_recording(const SynthDasRecordingOptions& options);

}  // namespace geod::trainer
