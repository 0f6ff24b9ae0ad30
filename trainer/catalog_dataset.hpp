#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/time.hpp"
#include "storage/reader.hpp"
#include "streams/waveform_folder.hpp"
#include "trainer/catalog_labels.hpp"

namespace geod::trainer {

struct CatalogDatasetOptions {
  std::filesystem::path folder;  ///< to make; must not be there
  bool with_automatic = false;   ///< also final events of class A or B that nobody reviewed
  std::optional<Time> from;      ///< origin times, included; as the next excluded
  std::optional<Time> to;
};

/// What became of a catalogue.
struct CatalogDatasetReport {
  LabelCounts events;
  std::size_t groups = 0;  ///< of events that share their waveforms; folds are made of them
  std::size_t labels_p = 0;
  std::size_t labels_s = 0;
  std::size_t polarities = 0;
  std::size_t doubtful = 0;
  std::size_t station_windows = 0;
  std::size_t noise_windows = 0;
  std::size_t labels_without_waveforms = 0;
  std::string first_without_waveforms;  ///< "CI.CLC P 2019-07-04T17:02:58.50Z"
};

/// A line or two of it, for people.
std::vector<std::string> described(const CatalogDatasetReport& report);

/// Told while it goes on: groups done, and of how many.
using CatalogProgress = std::function<void(std::size_t done, std::size_t all)>;

/// Makes a data set of what people know of the catalogue: around each group of events (see
/// group_events) the waveforms of every station with a label, its labels, masks where an event has
/// only one of P and S, and as doubtful all picks that nobody reviewed. Noise are spans in hours
/// that were looked at, without any pick: before the events, and as many windows elsewhere as there
/// are of events, where waveforms were kept.
///
/// Errors: kNotFound when no event gives a label, or none of the labels has waveforms, with the
/// counts; those of the database, the waveforms and CatalogFiles.
Result<CatalogDatasetReport> write_catalog_dataset(storage::Reader& reader,
                                                   const streams::WaveformFolder& waveforms,
                                                   const CatalogDatasetOptions& options,
                                                   const CatalogProgress& progress);

}  // namespace geod::trainer
