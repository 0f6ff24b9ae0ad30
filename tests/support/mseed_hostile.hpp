#pragma once

#include <cstddef>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "streams/mseed_reject.hpp"

namespace geod::test {

/// A record made to break a decoder, with what geod answers.
struct HostileRecord {
  std::string name;  ///< file name below tests/data/mseed/hostile, without ".mseed"
  std::vector<std::byte> bytes;
  std::optional<streams::RejectReason> reason;  ///< nothing: it decodes
};
/// For GoogleTest: names the record instead of dumping it.
inline void PrintTo(const HostileRecord& hostile, std::ostream* out) {
  *out << hostile.name;
}

/// The records on which libmseed 2.19.8 crashed, read out of bounds, or gave back wrong samples
/// without an error.
std::vector<HostileRecord> hostile_records();

}  // namespace geod::test
