#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace geod::trainer {

/// Scores of velocity maps, normalised to -1 to 1, over a whole set.
struct InversionScores {
  std::int64_t maps = 0;
  double mae = 0.0;   ///< of all cells; times half the range of velocities it is in m/s
  double rmse = 0.0;  ///< root of the mean square over all cells, not a mean over maps
  double ssim = 0.0;  ///< mean over maps and cells
};

/// Structural similarity of two maps [rows, columns] with values in 0 to 1, cell by cell.
///
/// Gaussian window of 11 x 11 cells with sigma 1.5, which sees zeros outside the map; biased
/// variances; C1 = 0.01^2, C2 = 0.03^2. Cells at the border count, so that two maps that differ
/// there by nothing can still score below 1 inside other software (and the values differ from
/// scikit-image's defaults).
/// Source: Wang et al. 2004; the implementation of OpenFWI's scores.
std::vector<double> ssim_map(std::span<const double> a,
                             std::span<const double> b,
                             std::int64_t rows,
                             std::int64_t columns);

/// Adds up the scores of a set, in double.
class InversionMetrics {
 public:
  InversionMetrics(std::int64_t rows, std::int64_t columns) : rows_(rows), columns_(columns) {}

  /// Maps of a batch, [N, rows, columns] each, normalised to -1 to 1. Returns the scores of the
  /// batch's maps alone.
  InversionScores add(std::span<const float> truth, std::span<const float> predicted);
  /// The scores of another part of the set.
  void add(const InversionMetrics& other);

  /// NaN throughout without a map.
  InversionScores scores() const;

 private:
  std::int64_t rows_;
  std::int64_t columns_;
  std::int64_t maps_ = 0;
  double absolute_ = 0.0;  // sums over cells
  double square_ = 0.0;
  double ssim_ = 0.0;
};

}  // namespace geod::trainer
