#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/source_id.hpp"
#include "core/time.hpp"

namespace geod {

/// What was found where two records of a channel meet. Each is counted and stored.
enum class ContinuityKind : std::uint8_t {
  kGap,         ///< [from, to) is missing
  kOverlap,     ///< [from, to) came twice in part; the repeated head was dropped
  kDuplicate,   ///< a record came again, the same bytes
  kConflict,    ///< [from, to) came again with other samples; the first is kept
  kLate,        ///< a record older than what was already used; dropped
  kTimeStep,    ///< the clock moved by less than half a sample: from = expected, to = found
  kRateChange,  ///< the sample rate changed at `from`
  kShed,        ///< [from, to) was dropped by geod itself because a queue was full
};
std::string_view to_string(ContinuityKind kind);

/// One row of the gap table.
struct ContinuityEvent {
  SourceId source_id;
  ContinuityKind kind = ContinuityKind::kGap;
  Time from;
  Time to;
  std::string detail;  ///< for people: "100 Hz -> 200 Hz", "0.004 s"; may be empty

  bool operator==(const ContinuityEvent&) const = default;
};

/// Seconds of one hour that one instrument was looked at: what tells "no event" from "not looked".
struct CompletenessDelta {
  InstrumentId instrument;
  Time hour;              ///< start of the UTC hour
  double scored_s = 0.0;  ///< seconds newly covered by final scores, picks allowed
  double masked_s = 0.0;  ///< seconds newly covered in which no pick was allowed (gaps, padding)
  Time from;              ///< of the hour, what this speaks of: [from, to)
  Time to;
  std::string model_id{};  ///< that looked at it, as of picks
  std::string model_hash{};
  std::string adapter_id{};
  std::string adapter_hash{};

  bool operator==(const CompletenessDelta&) const = default;
};

/// A channel as its records describe it.
struct ChannelInfo {
  SourceId source_id;
  double sampling_rate_hz = 0.0;
  Time first_sample;
  Time last_sample;

  bool operator==(const ChannelInfo&) const = default;
};

}  // namespace geod
