#pragma once

#include <string>
#include <string_view>

namespace geod::catalog {

/// The text as XML 1.0 and JSON can carry it: bytes that are not UTF-8, control characters but tab
/// and line ends, and non-characters become U+FFFD.
std::string clean_text(std::string_view text);

/// clean_text on one line, also without '|': a field of the FDSN text formats.
std::string text_field(std::string_view text);

}  // namespace geod::catalog
