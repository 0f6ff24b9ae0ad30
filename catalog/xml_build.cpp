#include "catalog/xml_build.hpp"

#include <cmath>
#include <cstddef>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "catalog/clean_text.hpp"

namespace geod::catalog {
namespace {

/// Gathers what pugixml prints.
struct StringWriter : pugi::xml_writer {
  void write(const void* data, std::size_t size) override {
    text.append(static_cast<const char*>(data), size);
  }
  std::string text;
};

}  // namespace

pugi::xml_node add_element(pugi::xml_node& parent, const char* name) {
  return parent.append_child(name);
}

void add_text(pugi::xml_node& parent, const char* name, std::string_view text) {
  if (!text.empty()) {
    parent.append_child(name).text().set(clean_text(text).c_str());
  }
}

void add_number(pugi::xml_node& parent, const char* name, std::optional<double> value) {
  if (value && std::isfinite(*value)) {
    add_text(parent, name, fmt::format("{:.10g}", *value));
  }
}

void add_exact(pugi::xml_node& parent, const char* name, double value) {
  add_text(parent, name, fmt::format("{}", value));
}

void add_time(pugi::xml_node& parent, const char* name, Time time) {
  add_text(parent, name, to_iso(time));
}

void set_attribute(pugi::xml_node& node, const char* name, std::string_view value) {
  node.append_attribute(name).set_value(clean_text(value).c_str());
}

std::string printed(const pugi::xml_node& node, unsigned depth) {
  StringWriter writer;
  node.print(writer, "  ", pugi::format_indent, pugi::encoding_utf8, depth);
  return writer.text;
}

}  // namespace geod::catalog
