#include "service/fdsn_parameters.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "service/error_response.hpp"

namespace geod::service {
namespace {

const ParameterInfo* find_info(std::span<const ParameterInfo> known, std::string_view name) {
  const auto found = std::find_if(known.begin(), known.end(), [name](const ParameterInfo& info) {
    return name == info.name || (!info.alias.empty() && name == info.alias);
  });
  return found == known.end() ? nullptr : &*found;
}

template <class Number>
std::optional<Number> parse(std::string_view text) {
  Number value{};
  const char* last = text.data() + text.size();
  if (text.starts_with('+')) {
    text.remove_prefix(1);
  }
  const auto [end, status] = std::from_chars(text.data(), last, value);
  if (status != std::errc{} || end != last) {
    return std::nullopt;
  }
  return value;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

template <class Take>
void for_each_word(std::string_view text, Take take) {
  while (true) {
    const std::size_t comma = text.find(',');
    take(text.substr(0, comma));
    if (comma == std::string_view::npos) {
      return;
    }
    text.remove_prefix(comma + 1);
  }
}

constexpr double to_radians(double degrees) {
  return degrees * std::numbers::pi / 180.0;
}

}  // namespace

Result<Parameters> Parameters::read(const HttpRequest& request,
                                    std::span<const ParameterInfo> known) {
  Parameters parameters;
  for (const auto& [name, value] : request.parameters) {
    const ParameterInfo* info = find_info(known, name);
    if (info == nullptr) {
      return fail(Errc::kConfig, "The parameter '{}' is not known.", name.substr(0, 64));
    }
    if (value.empty() && info->name != "location") {
      return fail(Errc::kConfig, "The parameter '{}' has no value.", name);
    }
    if (!parameters.values_.emplace(info->name, value).second) {
      return fail(Errc::kConfig, "The parameter '{}' is given twice.", info->name);
    }
  }
  return parameters;
}

void Parameters::add_fault(std::string what) {
  if (!fault_) {
    fault_ = Error{Errc::kConfig, std::move(what)};
  }
}

std::optional<std::string> Parameters::text(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<Time> Parameters::time(std::string_view name) {
  const auto value = text(name);
  if (!value) {
    return std::nullopt;
  }
  const auto time = parse_iso(*value);
  if (!time) {
    add_fault(fmt::format("{}: {}.", name, time.error().what));
    return std::nullopt;
  }
  return *time;
}

std::optional<double> Parameters::number(std::string_view name, double minimum, double maximum) {
  const auto value = text(name);
  if (!value) {
    return std::nullopt;
  }
  const auto number = parse<double>(*value);
  if (!number || !std::isfinite(*number) || *number < minimum || *number > maximum) {
    add_fault(
        fmt::format("{}: '{}' is not a number from {} to {}.", name, *value, minimum, maximum));
    return std::nullopt;
  }
  return number;
}

std::optional<std::int64_t> Parameters::integer(std::string_view name,
                                                std::int64_t minimum,
                                                std::int64_t maximum) {
  const auto value = text(name);
  if (!value) {
    return std::nullopt;
  }
  const auto number = parse<std::int64_t>(*value);
  if (!number || *number < minimum || *number > maximum) {
    add_fault(fmt::format(
        "{}: '{}' is not a whole number from {} to {}.", name, *value, minimum, maximum));
    return std::nullopt;
  }
  return number;
}

bool Parameters::flag(std::string_view name) {
  const auto value = text(name);
  const std::string word = lower(value.value_or("false"));
  if (word != "true" && word != "false" && word != "1" && word != "0") {
    add_fault(fmt::format("{}: '{}' is neither true nor false.", name, *value));
  }
  return word == "true" || word == "1";
}

std::string Parameters::one_of(std::string_view name, std::span<const std::string_view> words) {
  const auto value = text(name);
  if (!value) {
    return std::string(words.front());
  }
  std::string word = lower(*value);
  if (std::find(words.begin(), words.end(), word) == words.end()) {
    add_fault(fmt::format("{}: '{}' is not one of {}.", name, *value, fmt::join(words, ", ")));
    return std::string(words.front());
  }
  return word;
}

std::vector<std::string> Parameters::list(std::string_view name) const {
  std::vector<std::string> parts;
  if (const auto value = text(name)) {
    for_each_word(*value, [&parts](std::string_view part) { parts.emplace_back(part); });
  }
  return parts;
}

std::string wadl(std::string_view base_url,
                 std::string_view service,
                 std::span<const ParameterInfo> parameters,
                 std::span<const std::string_view> other_resources) {
  std::string xml = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<application xmlns=\"http://wadl.dev.java.net/2009/02\" "
      "xmlns:xs=\"http://www.w3.org/2001/XMLSchema\">\n"
      "  <resources base=\"{}/fdsnws/{}/1/\">\n"
      "    <resource path=\"query\">\n"
      "      <method name=\"GET\" id=\"query\">\n"
      "        <request>\n",
      base_url,
      service);
  for (const ParameterInfo& info : parameters) {
    xml += fmt::format(
        "          <param name=\"{}\" style=\"query\" type=\"{}\"", info.name, info.type);
    if (!info.default_value.empty()) {
      xml += fmt::format(" default=\"{}\"", info.default_value);
    }
    if (info.choices.empty()) {
      xml += "/>\n";
      continue;
    }
    xml += ">\n";
    for_each_word(info.choices, [&xml](std::string_view choice) {
      xml += fmt::format("            <option value=\"{}\"/>\n", choice);
    });
    xml += "          </param>\n";
  }
  xml +=
      "        </request>\n"
      "      </method>\n"
      "    </resource>\n";
  for (const std::string_view resource : other_resources) {
    xml += fmt::format(
        "    <resource path=\"{0}\">\n      <method name=\"GET\" id=\"{0}\"/>\n"
        "    </resource>\n",
        resource);
  }
  return xml + "  </resources>\n</application>\n";
}

bool fits_pattern(std::string_view pattern, std::string_view text) {
  // Where the last star stood, and what it has swallowed so far.
  std::size_t star = std::string_view::npos;
  std::size_t after_star = 0;
  std::size_t p = 0;
  std::size_t t = 0;
  while (t < text.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t]) && pattern[p] != '*') {
      ++p;
      ++t;
    } else if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      after_star = t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++after_star;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

std::optional<RadiusQuery> read_radius(Parameters& parameters) {
  const auto latitude = parameters.number("latitude", -90.0, 90.0);
  const auto longitude = parameters.number("longitude", -180.0, 180.0);
  const auto min_deg = parameters.number("minradius", 0.0, 180.0);
  const auto max_deg = parameters.number("maxradius", 0.0, 180.0);
  if (!parameters.has("latitude") && !parameters.has("longitude") && !parameters.has("minradius") &&
      !parameters.has("maxradius")) {
    return std::nullopt;
  }
  if (min_deg.value_or(0.0) > max_deg.value_or(180.0)) {
    parameters.add_fault("minradius is larger than maxradius.");
  }
  return RadiusQuery{latitude.value_or(0.0),
                     longitude.value_or(0.0),
                     min_deg.value_or(0.0),
                     max_deg.value_or(180.0)};
}

double arc_deg(double latitude_a_deg,
               double longitude_a_deg,
               double latitude_b_deg,
               double longitude_b_deg) {
  // Haversines, which keep their precision at small distances.
  const double north = std::sin(to_radians(latitude_b_deg - latitude_a_deg) / 2.0);
  const double east = std::sin(to_radians(longitude_b_deg - longitude_a_deg) / 2.0);
  const double chord = north * north + std::cos(to_radians(latitude_a_deg)) *
                                           std::cos(to_radians(latitude_b_deg)) * east * east;
  return 2.0 * std::asin(std::sqrt(std::min(1.0, chord))) * 180.0 / std::numbers::pi;
}

HttpResponse no_data(const HttpRequest& request, Parameters& parameters) {
  if (parameters.text("nodata") == "404") {
    return error_response(404, request, "Nothing fits the request.");
  }
  HttpResponse response;
  response.status = 204;
  return response;
}

}  // namespace geod::service
