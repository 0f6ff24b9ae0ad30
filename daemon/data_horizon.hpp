#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/time.hpp"

namespace geod {

/// The data time before which nothing more is waited for: how far the slowest of the streams was
/// looked at that are not `timeout` or more behind the fastest. A dead station therefore holds
/// events back for `timeout` and no longer; what it still gives comes late, and counts.
/// Thread: confined to one.
class DataHorizon {
 public:
  /// Scores are final a little before the picks that they make.
  static constexpr Duration kDecided = std::chrono::seconds{5};

  explicit DataHorizon(Duration timeout) : timeout_(timeout) {}

  /// A stream was looked at until `to`.
  void reach(const std::string& stream, Time to);

  /// Nothing before the first stream was heard.
  std::optional<Time> time() const;
  /// How far the fastest stream is.
  std::optional<Time> newest() const;

 private:
  Duration timeout_;
  std::map<std::string, Time> reached_;
};

}  // namespace geod
