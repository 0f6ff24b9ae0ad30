#pragma once

#include <string>
#include <vector>

#include "core/error.hpp"
#include "trainer/dataset_description.hpp"
#include "trainer/recording.hpp"

namespace geod::trainer {

/// The recordings of a large data set: labels in memory, samples in their files.
struct StoredTraces {
  std::vector<Recording> recordings;
  std::size_t skipped = 0;  ///< rows without a usable trace
  std::string first_skip;   ///< why, of the first
};

/// Reads metadata into labelled recordings whose samples are read when they are drawn. Formats and
/// rules: docs/training.md. Errors: a file or a column that is missing, named; a value that is no
/// number, with its row; waveforms none of which can be read.
Result<StoredTraces> load_stead(const DatasetFolder& folder, double sampling_rate_hz);
Result<StoredTraces> load_diting(const DatasetFolder& folder, double sampling_rate_hz);
Result<StoredTraces> load_seisbench(const DatasetFolder& folder, double sampling_rate_hz);
Result<StoredTraces> load_npz(const DatasetFolder& folder, double sampling_rate_hz);

}  // namespace geod::trainer
