#include "catalog/xml_fields.hpp"

#include <charconv>
#include <cmath>

#include <pugixml.hpp>

namespace geod::catalog {
namespace {

/// Years that geod's clock can hold whole.
constexpr int kFirstYear = 1678;
constexpr int kLastYear = 2261;
/// Characters of a place and of what is wrong there: names in a file may be of any length.
constexpr int kMaxFault = 300;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlank);
  return begin == std::string_view::npos
             ? std::string_view{}
             : text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

/// The whole of the text, finite.
template <class Number>
std::optional<Number> number_in(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
  }
  Number value{};
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = status == std::errc{} && end == text.data() + text.size();
  return whole && std::isfinite(static_cast<double>(value)) ? std::optional(value) : std::nullopt;
}

}  // namespace

XmlFields::XmlFields(const pugi::xml_node& root) {
  const std::string_view name = root.name();
  const std::size_t colon = name.find(':');
  prefix_ = colon == std::string_view::npos ? "" : name.substr(0, colon + 1);
}

void XmlFields::fault(const std::string& what) {
  if (fault_.empty()) {
    fault_ = fmt::format("{:.{}}: {:.{}}", place_, kMaxFault, what, kMaxFault);
  }
}

bool XmlFields::is(const pugi::xml_node& node, std::string_view name) const {
  const std::string_view full = node.name();
  return full.size() == prefix_.size() + name.size() && full.starts_with(prefix_) &&
         full.ends_with(name);
}

pugi::xml_node XmlFields::child(const pugi::xml_node& parent, std::string_view name) const {
  for (const pugi::xml_node& node : parent.children()) {
    if (is(node, name)) {
      return node;
    }
  }
  return {};
}

std::vector<pugi::xml_node> XmlFields::children(const pugi::xml_node& parent,
                                                std::string_view name) const {
  std::vector<pugi::xml_node> found;
  for (const pugi::xml_node& node : parent.children()) {
    if (is(node, name)) {
      found.push_back(node);
    }
  }
  return found;
}

std::string XmlFields::text(const pugi::xml_node& parent, std::string_view name) const {
  return std::string(trimmed(child(parent, name).text().get()));
}

double XmlFields::number(const pugi::xml_node& parent, std::string_view name) {
  const pugi::xml_node node = child(parent, name);
  if (!node) {
    fault(fmt::format("<{}> is missing in <{}>", name, parent.name()));
    return 0.0;
  }
  return number_of(node);
}

std::optional<double> XmlFields::optional_number(const pugi::xml_node& parent,
                                                 std::string_view name) {
  const pugi::xml_node node = child(parent, name);
  return node ? std::optional(number_of(node)) : std::nullopt;
}

double XmlFields::number_of(const pugi::xml_node& node) {
  const auto value = number_in<double>(trimmed(node.text().get()));
  if (!value) {
    fault(fmt::format("<{}> is '{:.40}', not a number", node.name(), node.text().get()));
  }
  return value.value_or(0.0);
}

int XmlFields::whole(std::string_view text, std::string_view name, int lowest, int highest) {
  const auto value = number_in<int>(text);
  if (!value || *value < lowest || *value > highest) {
    fault(fmt::format("{} is '{:.40}', not a number from {} to {}", name, text, lowest, highest));
    return lowest;
  }
  return *value;
}

Epoch XmlFields::epoch(const pugi::xml_node& node) {
  Epoch epoch;
  const auto read = [this, &node](const char* name, Time& time) {
    std::string_view text = trimmed(node.attribute(name).value());
    const auto year = number_in<int>(text.substr(0, 4));
    if (text.empty() || (year && (*year < kFirstYear || *year > kLastYear))) {
      return;
    }
    if (text.ends_with("+00:00")) {
      text.remove_suffix(6);
    }
    if (const auto value = parse_iso(text)) {
      time = *value;
    } else {
      fault(fmt::format("{}: {}", name, value.error().what));
    }
  };
  read("startDate", epoch.start);
  read("endDate", epoch.end);
  return epoch;
}

}  // namespace geod::catalog
