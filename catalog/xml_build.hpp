#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/time.hpp"

namespace pugi {
class xml_node;
}

namespace geod::catalog {

/// Elements of a tree that is being written. Texts go through clean_text, so that none can make the
/// file invalid; an element without a value is not written. Internal to catalog/.
pugi::xml_node add_element(pugi::xml_node& parent, const char* name);
void add_text(pugi::xml_node& parent, const char* name, std::string_view text);
/// Ten significant digits; what is not finite is left out.
void add_number(pugi::xml_node& parent, const char* name, std::optional<double> value);
/// All digits: what was read is read again.
void add_exact(pugi::xml_node& parent, const char* name, double value);
/// To the microsecond.
void add_time(pugi::xml_node& parent, const char* name, Time time);
void set_attribute(pugi::xml_node& node, const char* name, std::string_view value);

/// The element with all in it, indented by `depth` steps, without an XML declaration.
std::string printed(const pugi::xml_node& node, unsigned depth);

}  // namespace geod::catalog
