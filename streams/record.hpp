#pragma once

#include <chrono>
#include <cstdint>
#include <variant>
#include <vector>

#include "core/sample_rate.hpp"
#include "core/source_id.hpp"
#include "core/time.hpp"

namespace geod::streams {

/// Sample encodings of miniSEED 2 and 3 (codes as in the record).
enum class Encoding : std::uint8_t {
  kText = 0,
  kInt16 = 1,
  kInt32 = 3,
  kFloat32 = 4,
  kFloat64 = 5,
  kSteim1 = 10,
  kSteim2 = 11,
  kGeoscope24 = 12,
  kGeoscope16_3 = 13,
  kGeoscope16_4 = 14,
  kCdsn = 16,
  kSro = 30,
  kDwwssn = 32,
};

/// What the flags of a record say about its time and data (miniSEED 2 flag bytes, miniSEED 3
/// flags).
struct RecordFlags {
  bool calibration_signal = false;
  bool time_questionable = false;
  bool clock_locked = false;
  bool saturated = false;  ///< amplifier saturation or digitizer clipping
  bool spikes_or_glitches = false;
  bool missing_or_padded = false;
  bool telemetry_error = false;
  bool filter_charging = false;
  bool operator==(const RecordFlags&) const = default;
};

/// The validated header of one miniSEED record.
struct RecordHeader {
  SourceId source_id;
  Time start;  ///< of the first sample, time correction and blockette 1001 applied
  SampleRate rate;
  std::uint32_t samples = 0;
  Encoding encoding = Encoding::kInt32;
  RecordFlags flags;
  int timing_quality = -1;  ///< 0 to 100, -1 when the record does not say
  std::uint8_t format_version = 2;
  std::uint32_t length = 0;  ///< bytes of the whole record

  /// Leap seconds inserted (+) or removed (-) while the record ran: UTC counted fewer or more
  /// seconds than the samples took.
  std::int8_t leap_seconds = 0;

  /// Time of the sample after the last: start + samples / rate, in UTC.
  Time end() const { return start + rate.span_of(samples) - std::chrono::seconds{leap_seconds}; }
};

/// Decoded samples in the type of the encoding: int32 for integers, Steim, CDSN, SRO and DWWSSN,
/// float for FLOAT32 and GEOSCOPE, double for FLOAT64.
using Samples = std::variant<std::vector<std::int32_t>, std::vector<float>, std::vector<double>>;

/// One record off a wire or out of a file: validated, decoded.
struct Record {
  RecordHeader header;
  Samples samples;
};

}  // namespace geod::streams
