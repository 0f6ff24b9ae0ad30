#pragma once

#include <span>
#include <string>
#include <vector>

#include "models/inversion_settings.hpp"
#include "streams/png_file.hpp"
#include "trainer/inversion_scores.hpp"

namespace geod::trainer {

/// The colour of a value on a scale from dark blue (0) over green to yellow (1), of even lightness
/// steps; values beyond are those of the ends.
streams::Rgb velocity_colour(double share);
/// Blue below 0, white at 0, red above, strongest at -1 and 1.
streams::Rgb difference_colour(double share);

/// Maps [rows, columns] in -1 to 1 beside each other with white lines between, each cell a square
/// of pixels: the true one, the predicted one, and their difference (predicted - true; full colour
/// at kFullDifference).
streams::PngPicture inversion_picture(std::span<const float> truth,
                                      std::span<const float> predicted,
                                      std::int64_t rows,
                                      std::int64_t columns);
/// In units of the maps: 500 m/s within 1500 to 4500 m/s.
inline constexpr double kFullDifference = 1.0 / 3.0;

/// Pictures of some samples of a set: the first ones, and those with the largest MAE.
class InversionGallery {
 public:
  struct Entry {
    std::string name;  ///< "flatvel-a, shard 1, sample 17"
    InversionScores scores;
    streams::PngPicture picture;
  };

  /// `folders` must outlive the gallery.
  explicit InversionGallery(std::span<const InversionFolder> folders) : folders_(folders) {}

  /// To be told of every sample while it is scored; the gallery must outlive it.
  InversionObserver observer();

  const std::vector<Entry>& first() const { return first_; }
  const std::vector<Entry>& worst() const { return worst_; }  ///< the worst first

 private:
  std::span<const InversionFolder> folders_;
  std::vector<Entry> first_;
  std::vector<Entry> worst_;
};

/// "flatvel-a, shard 1, sample 17", counted from 0 in the order of the files.
std::string name_of(const InversionFolder& folder, const ShardSample& place);

}  // namespace geod::trainer
