#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "config/quantity.hpp"
#include "config/schema.hpp"

namespace geod::config {
namespace {

/// Text of this length is a mistake, not a name or a path.
constexpr std::size_t kMaxTextBytes = 4096;

/// A double-quoted YAML scalar.
std::string yaml_quoted(const std::string& value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out + "\"";
}

Scalar text_scalar(std::string& value, Kind kind, std::string expects) {
  Scalar scalar;
  scalar.kind = kind;
  scalar.expects = std::move(expects);
  scalar.get = [&value] { return yaml_quoted(value); };
  scalar.set = [&value](const std::string& text) -> Result<void> {
    if (text.size() > kMaxTextBytes) {
      return fail(Errc::kConfig, "is longer than {} bytes", kMaxTextBytes);
    }
    if (text.find('\0') != std::string::npos) {
      return fail(Errc::kConfig, "contains a NUL byte");
    }
    value = text;
    return {};
  };
  return scalar;
}

Result<double> parse_number(const std::string& text, const std::string& expects) {
  double value = 0.0;
  const char* last = text.data() + text.size();
  const auto [end, status] = std::from_chars(text.data(), last, value);
  if (status != std::errc{} || end != last || !std::isfinite(value)) {
    return fail(Errc::kConfig, "'{}' is not a number; write {}", text, expects);
  }
  return value;
}

Scalar number_scalar(double minimum, double maximum) {
  Scalar scalar;
  scalar.kind = Kind::kNumber;
  scalar.minimum = fmt::format("{}", minimum);
  scalar.maximum = fmt::format("{}", maximum);
  scalar.expects = fmt::format("a number from {} to {}", minimum, maximum);
  return scalar;
}

Result<double> number_within(const std::string& text,
                             const std::string& expects,
                             double minimum,
                             double maximum) {
  const auto value = parse_number(text, expects);
  if (value && (*value < minimum || *value > maximum)) {
    return fail(Errc::kConfig, "{} is out of range; write {}", text, expects);
  }
  return value;
}

/// A quantity that is written with its unit.
template <typename T>
Scalar with_unit(Kind kind,
                 std::string_view what,
                 T& value,
                 T minimum,
                 T maximum,
                 std::string (*format)(T),
                 Result<T> (*parse)(std::string_view)) {
  Scalar scalar;
  scalar.kind = kind;
  scalar.minimum = format(minimum);
  scalar.maximum = format(maximum);
  scalar.expects = fmt::format("{} from {} to {}", what, scalar.minimum, scalar.maximum);
  scalar.get = [&value, format] { return format(value); };
  scalar.set = [&value, minimum, maximum, parse, expects = scalar.expects](
                   const std::string& text) -> Result<void> {
    const auto parsed = parse(text);
    if (!parsed) {
      return tl::unexpected(parsed.error());
    }
    if (*parsed < minimum || *parsed > maximum) {
      return fail(Errc::kConfig, "{} is out of range; write {}", text, expects);
    }
    value = *parsed;
    return {};
  };
  return scalar;
}

}  // namespace

Scalar text(std::string& value) {
  return text_scalar(value, Kind::kText, "a text");
}

Scalar path(std::string& value) {
  return text_scalar(value, Kind::kPath, "a path");
}

Scalar flag(bool& value) {
  Scalar scalar;
  scalar.kind = Kind::kFlag;
  scalar.expects = "true or false";
  scalar.get = [&value] { return value ? "true" : "false"; };
  scalar.set = [&value](const std::string& text) -> Result<void> {
    if (text != "true" && text != "false") {
      return fail(Errc::kConfig, "'{}' is not a switch; write true or false", text);
    }
    value = text == "true";
    return {};
  };
  return scalar;
}

Scalar number(double& value, double minimum, double maximum) {
  Scalar scalar = number_scalar(minimum, maximum);
  scalar.get = [&value] { return fmt::format("{}", value); };
  scalar.set = [&value, minimum, maximum, expects = scalar.expects](
                   const std::string& text) -> Result<void> {
    const auto number = number_within(text, expects, minimum, maximum);
    if (!number) {
      return tl::unexpected(number.error());
    }
    value = *number;
    return {};
  };
  return scalar;
}

Scalar optional_number(std::optional<double>& value, double minimum, double maximum) {
  Scalar scalar = number_scalar(minimum, maximum);
  scalar.expects += ", or null";
  scalar.get = [&value] { return value ? fmt::format("{}", *value) : std::string("null"); };
  scalar.set = [&value, minimum, maximum, expects = scalar.expects](
                   const std::string& text) -> Result<void> {
    if (text == "null") {
      value.reset();
      return {};
    }
    const auto number = number_within(text, expects, minimum, maximum);
    if (!number) {
      return tl::unexpected(number.error());
    }
    value = *number;
    return {};
  };
  return scalar;
}

Scalar duration(Duration& value, Duration minimum, Duration maximum) {
  return with_unit(
      Kind::kDuration, "a duration", value, minimum, maximum, format_duration, parse_duration);
}

Scalar bytes(std::uint64_t& value, std::uint64_t minimum, std::uint64_t maximum) {
  return with_unit(Kind::kBytes, "a size", value, minimum, maximum, format_bytes, parse_bytes);
}

Scalar required(Scalar scalar) {
  scalar.required = true;
  return scalar;
}

Scalar whole_number(std::function<std::int64_t()> get,
                    std::function<void(std::int64_t)> set,
                    std::int64_t minimum,
                    std::int64_t maximum) {
  Scalar scalar;
  scalar.kind = Kind::kInteger;
  scalar.minimum = fmt::format("{}", minimum);
  scalar.maximum = fmt::format("{}", maximum);
  scalar.expects = fmt::format("a whole number from {} to {}", minimum, maximum);
  scalar.get = [get = std::move(get)] { return fmt::format("{}", get()); };
  scalar.set = [set = std::move(set), minimum, maximum, expects = scalar.expects](
                   const std::string& text) -> Result<void> {
    std::int64_t value = 0;
    const char* last = text.data() + text.size();
    const auto [end, status] = std::from_chars(text.data(), last, value);
    if (status == std::errc::result_out_of_range) {
      return fail(Errc::kConfig, "{} is out of range; write {}", text, expects);
    }
    if (status != std::errc{} || end != last) {
      return fail(Errc::kConfig, "'{}' is not a whole number; write {}", text, expects);
    }
    if (value < minimum || value > maximum) {
      return fail(Errc::kConfig, "{} is out of range; write {}", text, expects);
    }
    set(value);
    return {};
  };
  return scalar;
}

Scalar optional_integer(std::optional<std::int64_t>& value,
                        std::int64_t minimum,
                        std::int64_t maximum) {
  Scalar scalar = whole_number([&value] { return value.value_or(0); },
                               [&value](std::int64_t number) { value = number; },
                               minimum,
                               maximum);
  scalar.expects += ", or null";
  scalar.get = [&value] { return value ? fmt::format("{}", *value) : std::string("null"); };
  scalar.set = [&value,
                set_number = std::move(scalar.set)](const std::string& text) -> Result<void> {
    if (text != "null") {
      return set_number(text);
    }
    value.reset();
    return {};
  };
  return scalar;
}

Scalar one_of(std::vector<std::string> words,
              std::function<std::size_t()> get,
              std::function<void(std::size_t)> set) {
  Scalar scalar;
  scalar.kind = Kind::kChoice;
  scalar.expects = fmt::format("one of {}", fmt::join(words, ", "));
  scalar.get = [words, get = std::move(get)] { return words[get()]; };
  scalar.set = [words, set = std::move(set), expects = scalar.expects](
                   const std::string& text) -> Result<void> {
    for (std::size_t i = 0; i < words.size(); ++i) {
      if (words[i] == text) {
        set(i);
        return {};
      }
    }
    return fail(Errc::kConfig, "'{}' is not known; write {}", text, expects);
  };
  return scalar;
}

}  // namespace geod::config
