#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "trainer/hdf5_traces.hpp"
#include "trainer/stored_formats.hpp"

namespace geod::trainer {

/// What the metadata say of one trace; samples count from its start, at its own rate.
struct TraceLabels {
  std::string name;
  InstrumentId instrument;
  std::string event;
  Time start;
  std::vector<PhaseLabel> arrivals;  ///< others than those within the trace are left out
  EventLabel event_label;            ///< its picks are those of `arrivals`
  bool noise = false;                ///< free of arrivals
  Part part = Part::kUnassigned;
};

/// Puts traces of HDF5 files and their labels together.
class TraceCollector {
 public:
  TraceCollector(const DatasetFolder& folder, double sampling_rate_hz)
      : folder_(folder), rate_hz_(sampling_rate_hz) {}

  /// The number of a file, added when it is new.
  std::uint32_t file(const std::filesystem::path& path);
  /// @param oriented  its horizontals, where it has any, are N and E.
  void add(const TraceLabels& labels, Hdf5Trace trace, bool oriented = true);
  void skip(const std::string& reason);
  /// Opens the files and reads some traces. kNotFound when no trace was added.
  Result<StoredTraces> finish();

 private:
  const DatasetFolder& folder_;
  double rate_hz_;
  std::vector<std::filesystem::path> files_;
  std::map<std::filesystem::path, std::uint32_t> numbers_;
  std::vector<Hdf5Trace> traces_;
  StoredTraces out_;
};

/// A recording from what is known of a trace; `trace_samples` at `trace_rate_hz`.
Recording stored_recording(const DatasetFolder& folder,
                           const TraceLabels& labels,
                           std::int64_t trace_samples,
                           double trace_rate_hz,
                           double sampling_rate_hz);

/// Files of `directory` that end in `extension`, sorted.
std::vector<std::filesystem::path> files_ending(const std::filesystem::path& directory,
                                                const std::string& extension);

/// "a" and "b" of two-letter band and instrument codes such as "HH"; "H", "H" when it is not two.
InstrumentId instrument_of(const std::string& network,
                           const std::string& station,
                           const std::string& location,
                           const std::string& band_and_source);

}  // namespace geod::trainer
