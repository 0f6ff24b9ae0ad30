#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "trainer/dataset_description.hpp"
#include "trainer/recording.hpp"

namespace geod::trainer {

/// What was loaded and what was left out, for the log and the provenance.
struct DatasetSummary {
  std::size_t recordings = 0;
  double hours = 0.0;
  std::size_t labels_p = 0;
  std::size_t labels_s = 0;
  double noise_hours = 0.0;
  std::size_t labels_without_waveform = 0;
  std::size_t instruments_without_vertical = 0;
  std::size_t skipped_traces = 0;  ///< rows of metadata without a usable trace
  std::string first_skip;          ///< why, of the first
  std::size_t polarities = 0;
  std::size_t back_azimuths = 0;
  std::size_t magnitudes = 0;
  std::size_t distances = 0;
};

struct Dataset {
  DatasetDescription description;
  double sampling_rate_hz = 100.0;
  std::vector<Recording> recordings;

  DatasetSummary summary() const;
  std::size_t labels_without_waveform = 0;
  std::size_t instruments_without_vertical = 0;
  std::size_t skipped_traces = 0;
  std::string first_skip;
};

/// Loads every folder of the description: components put together per instrument (orientation
/// codes Z; N or 1; E or 2), split at gaps of the vertical, median removed, resampled to
/// `sampling_rate_hz`, labels attached, exclusions cut out. Deterministic order. Recordings of the
/// formats stead, diting, seisbench and npz leave their samples in the files (`Recording::store`);
/// an exclusion that touches one takes all of it.
///
/// A recording of kind kWindow that has no label of a phase carries a mask for it: P everywhere,
/// S from half a second after P (its S may be there, unlabelled).
/// Errors: the first bad table or file, named.
Result<Dataset> load_dataset(const DatasetDescription& description, double sampling_rate_hz);

}  // namespace geod::trainer
