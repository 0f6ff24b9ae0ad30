#include "streams/wire_header.hpp"

#include <charconv>
#include <concepts>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace geod::streams {
namespace {

constexpr std::size_t kMaxTextBytes = 256;

bool is_printable_ascii(std::string_view text) {
  for (const char c : text) {
    if (c < ' ' || c > '~') {
      return false;
    }
  }
  return true;
}

/// Takes the parser's events. Every callback returns false to stop at the first fault.
class HeaderHandler final : public nlohmann::json::json_sax_t {
 public:
  WireHeader header;
  std::optional<WireRejection> rejection;
  bool saw_object = false;

  bool null() override { return scalar("null"); }
  bool boolean(bool /*value*/) override { return scalar("a truth value"); }
  bool number_integer(number_integer_t value) override {
    if (is_wanted("now_ns")) {
      header.now_ns = value;
      return true;
    }
    return scalar("a negative number");
  }
  bool number_unsigned(number_unsigned_t value) override {
    return at_top() ? store_integer(value) : true;
  }
  bool number_float(number_float_t /*value*/, const string_t& text) override {
    return scalar(text);
  }
  bool string(string_t& value) override { return at_top() ? store_string(value) : true; }
  bool binary(binary_t& /*value*/) override { return false; }

  bool start_object(std::size_t /*size*/) override { return enter(); }
  bool start_array(std::size_t /*size*/) override { return levels_.empty() ? false : enter(); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }
  bool key(string_t& name) override {
    if (!levels_.back().insert(name).second) {
      return refuse(WireFault::kHeaderDuplicateKey, fmt::format("key \"{}\" twice", shown(name)));
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

 private:
  bool at_top() const { return levels_.size() == 1; }
  bool is_wanted(std::string_view name) const { return at_top() && key_ == name; }
  static std::string shown(const std::string& name) {
    return is_printable_ascii(name) ? name.substr(0, 64) : "?";
  }

  bool refuse(WireFault fault, std::string detail) {
    rejection = WireRejection{fault, std::move(detail)};
    return false;
  }
  bool bad_value(std::string_view what) {
    return refuse(WireFault::kHeaderValue, fmt::format("key \"{}\": {}", key_, what));
  }

  bool enter() {
    if (at_top() && is_known(key_)) {
      return bad_value("an object or array where a number or text belongs");
    }
    if (levels_.size() == kMaxHeaderDepth) {
      return refuse(WireFault::kHeaderDepth, fmt::format("deeper than {}", kMaxHeaderDepth));
    }
    levels_.emplace_back();
    saw_object = true;  // arrays come here only inside one
    return true;
  }
  bool leave() {
    levels_.pop_back();
    return true;
  }

  static bool is_known(std::string_view name) {
    return name == "id" || name == "reason" || name == "v" || name == "now_ns" || is_unsigned(name);
  }
  static bool is_unsigned(std::string_view name) {
    return name == "boot" || name == "seq" || name == "next_seq" || name == "crc32" ||
           name == "queued" || name == "dropped";
  }

  /// A scalar that is never right for a key we know.
  bool scalar(std::string_view what) {
    return at_top() && is_known(key_) ? bad_value(fmt::format("{} is not accepted", what)) : true;
  }

  bool store_integer(std::uint64_t value) {
    if (key_ == "boot") {
      header.boot = value;
    } else if (key_ == "seq") {
      header.seq = value;
    } else if (key_ == "next_seq") {
      header.next_seq = value;
    } else if (key_ == "queued") {
      header.queued = value;
    } else if (key_ == "dropped") {
      header.dropped = value;
    } else if (key_ == "crc32") {
      if (!std::in_range<std::uint32_t>(value)) {
        return bad_value("does not fit 32 bits");
      }
      header.crc32 = static_cast<std::uint32_t>(value);
    } else if (key_ == "now_ns") {
      if (!std::in_range<std::int64_t>(value)) {
        return bad_value("does not fit 64 bits");
      }
      header.now_ns = static_cast<std::int64_t>(value);
    } else if (key_ == "v") {
      return value == 1 ? true : bad_value(fmt::format("{} in a version 1 topic", value));
    } else if (is_known(key_)) {
      return bad_value("a number where text belongs");
    }
    return true;
  }

  bool store_string(const std::string& value) {
    if (key_ == "id" || key_ == "reason") {
      if (value.size() > kMaxTextBytes || !is_printable_ascii(value)) {
        return bad_value("not printable ASCII of at most 256 characters");
      }
      (key_ == "id" ? header.id.emplace() : header.reason) = value;
      return true;
    }
    if (key_ == "now_ns") {
      return store_decimal(value, header.now_ns.emplace());
    }
    std::uint64_t number = 0;
    return is_unsigned(key_) ? store_decimal(value, number) && store_integer(number)
                             : scalar("text");
  }

  template <std::integral T>
  bool store_decimal(const std::string& text, T& value) {
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end) {
      return bad_value("not a decimal integer of 64 bits");
    }
    return true;
  }

  std::vector<std::set<std::string>> levels_;  ///< open objects and arrays, with the keys so far
  std::string key_;                            ///< the last key of the outermost object
};

}  // namespace

WireResult<WireHeader> parse_wire_header(std::span<const std::byte> json) {
  if (json.size() > kMaxHeaderBytes) {
    return tl::unexpected(
        WireRejection{WireFault::kHeaderTooLarge,
                      fmt::format("header of {} bytes, at most {}", json.size(), kMaxHeaderBytes)});
  }
  HeaderHandler handler;
  const std::string_view text(reinterpret_cast<const char*>(json.data()), json.size());
  const bool is_good = nlohmann::json::sax_parse(text, &handler);
  if (handler.rejection) {
    return tl::unexpected(std::move(*handler.rejection));
  }
  if (!is_good || !handler.saw_object) {
    return tl::unexpected(
        WireRejection{WireFault::kHeaderSyntax, "the header is not one JSON object"});
  }
  return std::move(handler.header);
}

}  // namespace geod::streams
