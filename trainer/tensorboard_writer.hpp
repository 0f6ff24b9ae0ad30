#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>

#include "core/error.hpp"

namespace geod::trainer {

/// A number of one step of a run. Names of several parts are written "part/part".
struct Metric {
  std::string name;
  double value = 0.0;
};

/// Writes an event file of TensorBoard: scalars over the steps of a run.
///
/// Format: TFRecord (length, masked CRC-32C of the length, bytes, masked CRC-32C of the bytes),
/// each record one protobuf message `Event` of TensorFlow's event.proto and summary.proto.
/// Lifecycle: one file per part of a run; TensorBoard reads those of a folder in the order of their
/// names. Thread: one.
class TensorboardWriter {
 public:
  /// Makes `folder` and in it `events.out.tfevents.<start_s>.geod`. A part that goes on from step
  /// n > 0 says so, and TensorBoard drops what an earlier part wrote from step n on.
  /// @param start_s  seconds since 1970. kIo naming the file.
  static Result<TensorboardWriter> create(const std::filesystem::path& folder,
                                          double start_s,
                                          std::int64_t first_step);

  /// Scalars of one step, one record, on disk when this returns. Values are kept as float32.
  /// @param wall_time_s  seconds since 1970. kIo naming the file.
  Result<void> add(double wall_time_s, std::int64_t step, std::span<const Metric> metrics);

  const std::filesystem::path& path() const { return path_; }

 private:
  TensorboardWriter(std::filesystem::path path, std::ofstream file)
      : path_(std::move(path)), file_(std::move(file)) {}
  Result<void> write_record(const std::string& event);

  std::filesystem::path path_;
  std::ofstream file_;
};

}  // namespace geod::trainer
