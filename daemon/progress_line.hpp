#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace geod {

/// How far a long command is, on stderr: a line that is written over on a terminal, ten lines
/// elsewhere. The line on the terminal is gone with the object.
class ProgressLine {
 public:
  /// @param things  what is counted, singular: "tile"
  ProgressLine(std::string things, std::int64_t total);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(std::int64_t done);

 private:
  const std::string things_;
  const std::int64_t total_;
  const bool terminal_;
  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::int64_t shown_ = 0;
};

}  // namespace geod
