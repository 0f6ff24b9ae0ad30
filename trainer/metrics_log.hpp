#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "trainer/tensorboard_writer.hpp"

namespace geod::trainer {

/// The numbers of a training run, as they come: `metrics.jsonl` (one JSON object a line) and
/// TensorBoard's event file, both in the run's folder and both on disk after every call.
/// Lifecycle: opened once for each part of a run; a part that goes on adds to metrics.jsonl.
/// Thread: one.
class MetricsLog {
 public:
  /// @param run_directory  made where it is missing.
  /// @param first_step  0, or the step a checkpoint of this run was at.  kIo naming the file.
  static Result<MetricsLog> open(const std::filesystem::path& run_directory,
                                 std::int64_t first_step);

  /// One line {"step": step, name: value, ...} and one event. A value that is not finite is null
  /// in JSON. kIo naming the file.
  Result<void> add(std::int64_t step, std::span<const Metric> metrics);
  Result<void> add(std::int64_t step, std::initializer_list<Metric> metrics) {
    return add(step, std::span(metrics.begin(), metrics.size()));
  }

  /// One line {"step": step, name: object}; every number in it becomes a scalar of TensorBoard
  /// named "name/key/key". `object_json` is the text of a JSON object; else kConfig.
  Result<void> add_object(std::int64_t step,
                          const std::string& name,
                          const std::string& object_json);

 private:
  MetricsLog(std::filesystem::path path, std::ofstream file, TensorboardWriter events)
      : path_(std::move(path)), file_(std::move(file)), events_(std::move(events)) {}
  Result<void> write_line(const std::string& line);

  std::filesystem::path path_;
  std::ofstream file_;
  TensorboardWriter events_;
};

/// What a run logged: (step, value), ascending in step, by the name of the metric. Names of nested
/// objects are joined by "/".
using MetricsHistory = std::map<std::string, std::vector<std::pair<std::int64_t, double>>>;

/// Reads metrics.jsonl. Where a run went back to a checkpoint, the steps it did a second time
/// replace the first. A last line that was cut off is left out; kCorruptRecord with file and line
/// for any other that is not an object with a step; kNotFound without the file.
Result<MetricsHistory> read_metrics(const std::filesystem::path& path);

}  // namespace geod::trainer
