#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config.hpp"
#include "core/error.hpp"
#include "core/time.hpp"

namespace geod::config {

/// What a value is written as.
enum class Kind { kText, kPath, kFlag, kInteger, kNumber, kDuration, kBytes, kChoice };

/// One value of a configuration struct, bound to its member and spoken to in text, so that a YAML
/// file, an environment variable and a command line flag all obey the same rule.
struct Scalar {
  Kind kind = Kind::kText;
  std::string expects;  ///< for people: "a duration from 1s to 10min"
  std::string minimum;  ///< as it would be written; empty when the kind has no range
  std::string maximum;
  bool required = false;
  std::function<std::string()> get;                       ///< as written in YAML
  std::function<Result<void>(const std::string&)> set{};  ///< kConfig says what is wrong
};

Scalar text(std::string& value);
/// Relative paths in a file are taken from the folder of that file.
Scalar path(std::string& value);
Scalar flag(bool& value);
Scalar number(double& value, double minimum, double maximum);
/// `null` stands for "not set".
Scalar optional_number(std::optional<double>& value, double minimum, double maximum);
Scalar optional_integer(std::optional<std::int64_t>& value,
                        std::int64_t minimum,
                        std::int64_t maximum);
Scalar duration(Duration& value, Duration minimum, Duration maximum);
Scalar bytes(std::uint64_t& value, std::uint64_t minimum, std::uint64_t maximum);
Scalar required(Scalar scalar);
/// The common part of integer(): a whole number behind two accessors.
Scalar whole_number(std::function<std::int64_t()> get,
                    std::function<void(std::int64_t)> set,
                    std::int64_t minimum,
                    std::int64_t maximum);
/// The common part of choice(): an index into `words` behind two accessors.
Scalar one_of(std::vector<std::string> words,
              std::function<std::size_t()> get,
              std::function<void(std::size_t)> set);

template <class Integer>
Scalar integer(Integer& value, std::int64_t minimum, std::int64_t maximum) {
  return whole_number([&value] { return static_cast<std::int64_t>(value); },
                      [&value](std::int64_t number) { value = static_cast<Integer>(number); },
                      minimum,
                      maximum);
}

/// One of a few words, each standing for a value (an enumerator, or the word itself).
template <class Value>
Scalar choice(Value& value, std::vector<std::pair<std::string, Value>> options) {
  std::vector<std::string> words;
  for (const auto& [word, meaning] : options) {
    words.push_back(word);
  }
  const auto index = [&value, options] {
    std::size_t i = 0;
    while (i + 1 < options.size() && options[i].second != value) {
      ++i;
    }
    return i;
  };
  return one_of(words, index, [&value, options](std::size_t i) { value = options[i].second; });
}

class Visitor;

/// A list of mappings, or a mapping from names to mappings.
struct Items {
  std::size_t max_items = 0;
  std::vector<std::string> names;                       ///< of the items there are; "" in a list
  std::function<void(std::vector<std::string>)> reset;  ///< replaces all by default-made items
  std::function<void(std::size_t, Visitor&)> visit;     ///< the keys of one item
  std::function<void(Visitor&)> visit_example;          ///< the keys of a default-made item
};

/// Walks the configuration: reader, printer, overlay and key list are visitors, so a key described
/// once in schema.cpp cannot be read one way and documented another.
class Visitor {
 public:
  virtual ~Visitor() = default;
  virtual void scalar(std::string_view name, const Scalar& scalar, std::string_view meaning) = 0;
  virtual void texts(std::string_view name,
                     std::vector<std::string>& values,
                     Kind kind,
                     std::size_t max_items,
                     std::string_view meaning) = 0;
  virtual void section(std::string_view name,
                       std::string_view meaning,
                       const std::function<void(Visitor&)>& children) = 0;
  virtual void list(std::string_view name, const Items& items, std::string_view meaning) = 0;
  virtual void table(std::string_view name, const Items& items, std::string_view meaning) = 0;
};

/// Every key of the configuration, in the order of the reference.
void describe(Visitor& visitor, Config& config);

/// One scalar key outside lists and tables, or inside one with "[]" or "{}" in its path.
struct KeyInfo {
  std::string path;           ///< "storage.max_batch_delay", "streams.endpoints[].mode"
  Scalar scalar;              ///< accessors not usable
  std::string default_value;  ///< as written in YAML
  std::string meaning;
};
std::vector<KeyInfo> all_keys();

}  // namespace geod::config
