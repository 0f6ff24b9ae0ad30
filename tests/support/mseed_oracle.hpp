#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "streams/record.hpp"

namespace geod::test {

/// Compares a record that geod decoded with what libmseed 2.19.8 makes of the same bytes: codes,
/// start to the microsecond, rate, every sample. Empty when they agree, else the first difference.
/// Only for valid miniSEED 2 records: libmseed must not see hostile ones.
std::string difference_from_libmseed(std::span<const std::byte> bytes,
                                     const streams::Record& record);

}  // namespace geod::test
