#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <tl/expected.hpp>

#include "streams/source_counters.hpp"

namespace geod::streams {

/// Why a message was refused, for the counters and for people.
struct WireRejection {
  WireFault fault;
  std::string detail;
};
template <class T>
using WireResult = tl::expected<T, WireRejection>;

struct JsonValue;
using JsonArray = std::vector<JsonValue>;
/// An object below the outermost one: its content is checked and not kept.
struct JsonInnerObject {};
/// Integers are never read by way of a double: below zero int64, else uint64.
struct JsonValue {
  std::variant<std::monostate,
               bool,
               std::uint64_t,
               std::int64_t,
               double,
               std::string,
               JsonArray,
               JsonInnerObject>
      value;
};
using JsonFields = std::map<std::string, JsonValue, std::less<>>;

struct JsonLimits {
  std::size_t bytes;
  std::size_t depth;
};

/// Reads one JSON object, strictly: size and depth bounded, duplicate keys refused at every level.
/// Rejections: kHeaderTooLarge, kHeaderSyntax, kHeaderDepth, kHeaderDuplicateKey.
WireResult<JsonFields> parse_json_fields(std::span<const std::byte> json, const JsonLimits& limits);

/// Takes typed values out of the fields of a header and keeps the first fault (kHeaderValue). A
/// field that is not there is nothing and no fault; after a fault all are nothing.
class FieldReader {
 public:
  explicit FieldReader(const JsonFields& fields) : fields_(fields) {}

  /// From a number or a decimal string.
  std::optional<std::uint64_t> take_unsigned(std::string_view key, std::uint64_t most = UINT64_MAX);
  std::optional<std::int64_t> take_signed(std::string_view key);
  /// Any number between the bounds, both within; never not finite.
  std::optional<double> take_number(std::string_view key, double least, double most);
  /// Printable ASCII of at most 256 characters.
  std::optional<std::string> take_text(std::string_view key);
  const JsonArray* take_array(std::string_view key);
  bool has(std::string_view key) const { return find(key) != nullptr; }
  bool is_number(std::string_view key) const;

  void refuse(std::string_view key, std::string_view what);
  bool is_good() const { return !fault_.has_value(); }
  const std::optional<WireRejection>& fault() const { return fault_; }

 private:
  const JsonValue* find(std::string_view key) const;

  const JsonFields& fields_;
  std::optional<WireRejection> fault_;
};

/// An unsigned integer of 64 bits, as a number or a decimal string.
std::optional<std::uint64_t> as_unsigned(const JsonValue& value);

}  // namespace geod::streams
