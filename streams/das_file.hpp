#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/das_block.hpp"
#include "core/error.hpp"
#include "core/fibre_places.hpp"

namespace geod::streams {

/// What the user says about a recording; goes before what the file says.
struct DasFileOptions {
  std::string fibre_id = "replay";
  std::string dataset;  ///< path inside the file; empty: found
  std::optional<double> rate_hz;
  std::optional<double> channel_spacing_m;
  std::optional<double> gauge_length_m;
  std::optional<Time> start;
  std::optional<DasUnit> unit;
  std::optional<double> scale;
  /// The array is (channels, times). Not set: as the file says, else (times, channels).
  std::optional<bool> is_channel_major;
};

/// Contiguous samples of a recording.
struct DasFileSegment {
  Time start;
  std::int64_t samples = 0;
  std::int64_t first_row = 0;  ///< along the array's time axis
  std::int64_t plane = -1;     ///< Febus: index of the 2-D array in the 3-D one; else -1
};

/// Where the samples of a recording lie, and what they are: what a vendor's layout says.
struct DasArray {
  std::string format;
  std::string dataset;
  FibreGeometry geometry;  ///< type and order as they will be read
  std::vector<DasFileSegment> segments;
  std::vector<FibrePlace> places;  ///< ascending in channel; empty where the file has none
};

class Hdf5File;

/// A recording of a fibre in an HDF5 file: ASN OptoDAS, Febus A1, Terra15, Silixa and others in
/// PRODML, DAS-RCN (GDR), DASDAE, xdas NetCDF-4, and plain arrays (also MATLAB 7.3) with what the
/// options say. Which it is is found from the file. Read a range at a time; memory is bounded by
/// the range and the file's own chunks.
class DasFile {
 public:
  /// Errors: kNotFound; kCorruptRecord (not HDF5, damaged, absurd shape or times); kConfig when the
  /// file lacks what no option says, naming the options.
  static Result<DasFile> open(const std::filesystem::path& path, const DasFileOptions& options);
  /// The same for a file in memory.
  static Result<DasFile> open_image(std::span<const std::byte> image,
                                    const std::string& name,
                                    const DasFileOptions& options);

  const std::string& format() const { return array_.format; }
  const FibreGeometry& geometry() const { return *geometry_; }
  Time start() const { return array_.segments.front().start; }
  /// Where channels are, as the file says; empty: it does not. Not judged.
  const std::vector<FibrePlace>& places() const { return array_.places; }
  /// Per channel, over all segments.
  std::int64_t samples() const;
  /// In the order of the file; at least one.
  std::span<const DasFileSegment> segments() const { return array_.segments; }

  /// Samples [from, to) of a segment. Errors: kCorruptRecord.
  Result<DasBlock> read(const DasFileSegment& segment, std::int64_t from, std::int64_t to) const;

 private:
  DasFile(std::shared_ptr<const Hdf5File> file, DasArray array);
  static Result<DasFile> describe(Hdf5File opened, const DasFileOptions& options);

  std::shared_ptr<const Hdf5File> file_;
  DasArray array_;
  std::shared_ptr<const FibreGeometry> geometry_;
};

}  // namespace geod::streams
