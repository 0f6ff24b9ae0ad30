#include "streams/json_fields.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace geod::streams {
namespace {

constexpr std::size_t kMaxTextBytes = 256;

bool is_printable_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

/// Takes the parser's events. Every callback returns false to stop at the first fault.
class FieldsHandler final : public nlohmann::json::json_sax_t {
 public:
  explicit FieldsHandler(std::size_t max_depth) : max_depth_(max_depth) {}

  JsonFields fields;
  std::optional<WireRejection> rejection;

  bool null() override { return place({}); }
  bool boolean(bool value) override { return place({value}); }
  bool number_integer(number_integer_t value) override { return place({std::int64_t{value}}); }
  bool number_unsigned(number_unsigned_t value) override { return place({std::uint64_t{value}}); }
  bool number_float(number_float_t value, const string_t& /*text*/) override {
    return place({value});
  }
  bool string(string_t& value) override { return place({std::move(value)}); }
  bool binary(binary_t& /*value*/) override { return false; }

  bool start_object(std::size_t /*size*/) override {
    if (!levels_.empty()) {
      place({JsonInnerObject{}});
    }
    return enter({});
  }
  bool start_array(std::size_t /*size*/) override {
    if (levels_.empty()) {
      return false;
    }
    JsonValue* const placed = put({JsonArray{}});
    return enter({{}, placed == nullptr ? nullptr : std::get_if<JsonArray>(&placed->value)});
  }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }
  bool key(string_t& name) override {
    if (!levels_.back().keys.insert(name).second) {
      return refuse(
          WireFault::kHeaderDuplicateKey,
          fmt::format("key \"{}\" twice", is_printable_ascii(name) ? name.substr(0, 64) : "?"));
    }
    if (levels_.size() == 1) {
      key_ = name;
    }
    return true;
  }
  bool parse_error(std::size_t position,
                   const std::string& /*token*/,
                   const nlohmann::json::exception& /*error*/) override {
    return refuse(WireFault::kHeaderSyntax, fmt::format("not JSON at byte {}", position));
  }

  bool saw_object = false;

 private:
  /// An open object with its keys so far, or an open array that is kept.
  struct Level {
    std::set<std::string> keys;
    JsonArray* array = nullptr;
  };

  bool refuse(WireFault fault, std::string detail) {
    rejection = WireRejection{fault, std::move(detail)};
    return false;
  }
  /// Where the value was put: a field of the outermost object or an array under one; else nowhere.
  JsonValue* put(JsonValue value) {
    if (levels_.size() == 1) {
      return &(fields[key_] = std::move(value));
    }
    if (JsonArray* const array = levels_.back().array; array != nullptr) {
      return &array->emplace_back(std::move(value));
    }
    return nullptr;
  }
  bool place(JsonValue value) {
    if (levels_.empty()) {
      return false;  // not an object
    }
    put(std::move(value));
    return true;
  }
  bool enter(Level level) {
    if (levels_.size() == max_depth_) {
      return refuse(WireFault::kHeaderDepth, fmt::format("deeper than {}", max_depth_));
    }
    levels_.push_back(std::move(level));
    saw_object = true;  // arrays come here only inside one
    return true;
  }
  bool leave() {
    levels_.pop_back();
    return true;
  }

  const std::size_t max_depth_;
  std::vector<Level> levels_;
  std::string key_;  ///< the last key of the outermost object
};

template <class T>
std::optional<T> from_decimal(const std::string& text) {
  T value{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && stop == end ? std::optional<T>(value) : std::nullopt;
}

std::optional<std::int64_t> as_signed(const JsonValue& value) {
  if (const auto* const text = std::get_if<std::string>(&value.value)) {
    return from_decimal<std::int64_t>(*text);
  }
  if (const auto* const negative = std::get_if<std::int64_t>(&value.value)) {
    return *negative;
  }
  const auto* const number = std::get_if<std::uint64_t>(&value.value);
  return number != nullptr && std::in_range<std::int64_t>(*number)
             ? std::optional<std::int64_t>(static_cast<std::int64_t>(*number))
             : std::nullopt;
}

std::optional<double> as_double(const JsonValue& value) {
  if (const auto* const real = std::get_if<double>(&value.value)) {
    return *real;
  }
  if (const auto* const negative = std::get_if<std::int64_t>(&value.value)) {
    return static_cast<double>(*negative);
  }
  if (const auto* const number = std::get_if<std::uint64_t>(&value.value)) {
    return static_cast<double>(*number);
  }
  return std::nullopt;
}

}  // namespace

WireResult<JsonFields> parse_json_fields(std::span<const std::byte> json,
                                         const JsonLimits& limits) {
  if (json.size() > limits.bytes) {
    return tl::unexpected(
        WireRejection{WireFault::kHeaderTooLarge,
                      fmt::format("header of {} bytes, at most {}", json.size(), limits.bytes)});
  }
  FieldsHandler handler(limits.depth);
  const std::string_view text(reinterpret_cast<const char*>(json.data()), json.size());
  const bool is_good = nlohmann::json::sax_parse(text, &handler);
  if (handler.rejection) {
    return tl::unexpected(std::move(*handler.rejection));
  }
  if (!is_good || !handler.saw_object) {
    return tl::unexpected(
        WireRejection{WireFault::kHeaderSyntax, "the header is not one JSON object"});
  }
  return std::move(handler.fields);
}

std::optional<std::uint64_t> as_unsigned(const JsonValue& value) {
  if (const auto* const text = std::get_if<std::string>(&value.value)) {
    return from_decimal<std::uint64_t>(*text);
  }
  const auto* const number = std::get_if<std::uint64_t>(&value.value);
  return number != nullptr ? std::optional<std::uint64_t>(*number) : std::nullopt;
}

std::optional<std::uint64_t> FieldReader::take_unsigned(std::string_view key, std::uint64_t most) {
  const JsonValue* const field = find(key);
  if (field == nullptr) {
    return std::nullopt;
  }
  const auto value = as_unsigned(*field);
  if (!value) {
    refuse(key, "not an unsigned integer of 64 bits, as a number or a decimal string");
  } else if (*value > most) {
    refuse(key, fmt::format("{} is above {}", *value, most));
    return std::nullopt;
  }
  return value;
}

std::optional<std::int64_t> FieldReader::take_signed(std::string_view key) {
  const JsonValue* const field = find(key);
  if (field == nullptr) {
    return std::nullopt;
  }
  const auto value = as_signed(*field);
  if (!value) {
    refuse(key, "not an integer of 64 bits, as a number or a decimal string");
  }
  return value;
}

std::optional<double> FieldReader::take_number(std::string_view key, double least, double most) {
  const JsonValue* const field = find(key);
  if (field == nullptr) {
    return std::nullopt;
  }
  const auto value = as_double(*field);
  if (!value || !std::isfinite(*value) || *value < least || *value > most) {
    refuse(key, fmt::format("not a number from {} to {}", least, most));
    return std::nullopt;
  }
  return value;
}

std::optional<std::string> FieldReader::take_text(std::string_view key) {
  const JsonValue* const field = find(key);
  if (field == nullptr) {
    return std::nullopt;
  }
  const auto* const text = std::get_if<std::string>(&field->value);
  if (text == nullptr || text->size() > kMaxTextBytes || !is_printable_ascii(*text)) {
    refuse(key, "not a text of printable ASCII of at most 256 characters");
    return std::nullopt;
  }
  return *text;
}

const JsonArray* FieldReader::take_array(std::string_view key) {
  const JsonValue* const field = find(key);
  if (field == nullptr) {
    return nullptr;
  }
  const auto* const array = std::get_if<JsonArray>(&field->value);
  if (array == nullptr) {
    refuse(key, "not an array");
  }
  return array;
}

bool FieldReader::is_number(std::string_view key) const {
  const JsonValue* const field = find(key);
  return field != nullptr && as_double(*field).has_value();
}

void FieldReader::refuse(std::string_view key, std::string_view what) {
  if (!fault_) {
    fault_ = WireRejection{WireFault::kHeaderValue, fmt::format("key \"{}\": {}", key, what)};
  }
}

const JsonValue* FieldReader::find(std::string_view key) const {
  const auto found = fields_.find(key);
  return fault_ || found == fields_.end() ? nullptr : &found->second;
}

}  // namespace geod::streams
