#pragma once

#include <string_view>

#include "streams/mseed_reject.hpp"
#include "streams/record.hpp"

namespace geod::streams {

/// What geod uses of the extra headers of a miniSEED 3 record.
struct ExtraHeaders {
  int timing_quality = -1;  ///< FDSN.Time.Quality when within 0 to 100, else -1
  int leap_seconds = 0;     ///< FDSN.Time.LeapSecond
  RecordFlags flags;        ///< those of FDSN.Flags; the three of the fixed header stay false
};

/// Reads the reserved keys of the FDSN object and ignores all others. The time correction there is
/// for information, the start time has it already (FDSN extra headers, schema v1.0).
///
/// @param json  at most kMaxExtraHeaderBytes; empty means no extra headers.
/// Errors: kBadExtraHeaders when it is not one JSON object. Nesting is no danger: nothing recurses.
RecordResult<ExtraHeaders> read_extra_headers(std::string_view json);

}  // namespace geod::streams
