#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "streams/hdf5_file.hpp"
#include "trainer/waveform_store.hpp"

namespace geod::trainer {

/// Where one trace lies in an HDF5 file, and how.
struct Hdf5Trace {
  std::uint32_t file = 0;  ///< number of its file
  std::string dataset;
  std::int64_t row = -1;   ///< of a data set of many traces, [trace, ...]; -1: the set is one trace
  bool time_first = true;  ///< [T, C]; else [C, T]
  std::int64_t channels = 3;  ///< C of the block
  std::int64_t samples = 0;   ///< T of the block
  double sampling_rate_hz = 100.0;
  /// Position of Z, N, E among the channels; -1: absent, zeros.
  std::array<int, 3> order{0, 1, 2};
};

/// Reads traces of HDF5 files, each file opened once and kept open.
class Hdf5TraceReader final : public WaveformReader {
 public:
  /// Opens all files. Errors: the first that is missing or not HDF5.
  static Result<std::unique_ptr<Hdf5TraceReader>> open(
      const std::vector<std::filesystem::path>& files,
      std::vector<Hdf5Trace> traces,
      double sampling_rate_hz);

  Result<std::vector<float>> read(std::size_t index) const override;
  std::string identity() const override { return identity_; }

 private:
  Hdf5TraceReader() = default;

  std::vector<streams::Hdf5File> files_;
  std::vector<std::string> names_;
  std::vector<Hdf5Trace> traces_;
  std::string identity_;
  double rate_hz_ = 0.0;
};

/// Reads some traces spread over the whole set: the error of the first when none of them can be
/// read, for then the files are not what their metadata say.
Result<void> probe(const WaveformReader& reader, std::size_t traces);

}  // namespace geod::trainer
