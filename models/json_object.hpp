#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "core/error.hpp"

namespace geod::models {

/// Nesting allowed in JSON that is read from files of others.
inline constexpr int kMaxJsonDepth = 64;

/// Whether `text` is one JSON object that repeats no key anywhere and nests at most kMaxJsonDepth
/// deep; then it is in `object`. Which of two equal keys counts is anybody's guess: a file that
/// means one thing here and another in Python is refused.
bool parse_json_object(std::string_view text, nlohmann::json& object);

/// Reads members of one JSON object; remembers the first fault and what was asked for. Members that
/// are not there leave their value as it is.
class ObjectReader {
 public:
  /// @param object  outlives the reader.
  /// @param context  put before a fault's text, e.g. "picks: ".
  ObjectReader(const nlohmann::json& object, std::string context);

  void text(const char* key, std::string& value);
  void integer(const char* key, std::int64_t& value);
  void number(const char* key, double& value);
  void boolean(const char* key, bool& value);
  void pair(const char* key, double (&values)[2]);
  /// At most 1024 rows [x, y].
  void table(const char* key, std::vector<std::pair<double, double>>& rows);
  /// The member, or null; asked for, whatever it is.
  const nlohmann::json* find(const char* key);
  /// As find; its absence is a fault.
  const nlohmann::json* need(const char* key);

  /// Whether somebody asked for the key.
  bool knows(std::string_view key) const;

  void fault(const char* key, std::string_view expected);
  void fault(std::string text);

  /// kModelMismatch with the first fault; also for an unknown key when everything else was right.
  Result<void> finish();
  /// The same, but keys that nobody asked for are fine.
  Result<void> finish_open() const;

 private:
  const nlohmann::json& object_;
  std::string context_;
  std::vector<std::string> known_;
  std::string fault_;
};

}  // namespace geod::models
