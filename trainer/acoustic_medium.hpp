#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "trainer/acoustic_survey.hpp"
#include "trainer/aligned_floats.hpp"

namespace geod::trainer {

/// AcousticCoefficients of one velocity model on the padded grid. The model's margin is repeated
/// outwards over the sponge; rows are as long as whole vectors, and the cells added have
/// coefficients 0, so that the field stays 0 there and a stencil may reach across the ends of rows.
class AcousticMedium {
 public:
  /// Rows that a kernel computes at once, and values that a row is rounded up to.
  static constexpr std::size_t kRowGroup = 4;
  static constexpr std::size_t kVector = 16;

  explicit AcousticMedium(const AcousticSurvey& survey);

  /// Takes another model. @param velocities_m_per_s  [depths, offsets], of validate_model
  void set(std::span<const float> velocities_m_per_s);

  std::size_t rows() const { return rows_; }    ///< a multiple of kRowGroup
  std::size_t pitch() const { return pitch_; }  ///< values of a row, a multiple of kVector
  /// Of row `row`, [pitch].
  const float* present(std::size_t row) const { return present_.data() + row * pitch_; }
  const float* past(std::size_t row) const { return past_.data() + past_row_[row] * pitch_; }
  const float* spread(std::size_t row) const { return spread_.data() + spread_row_[row] * pitch_; }
  /// What the wavelet is multiplied with at source `source`: (v dt)^2.
  float source_scale(std::size_t source) const { return source_scale_[source]; }

 private:
  AcousticSurvey survey_;
  std::vector<double> profile_;  // of sponge_profile
  std::size_t rows_;
  std::size_t pitch_;
  std::vector<std::size_t> past_row_;    // of past_, for each row: few rows differ
  std::vector<std::size_t> spread_row_;  // of spread_, for each row
  AlignedFloats present_;                // [rows, pitch]
  AlignedFloats past_;                   // [sponge_cells + 2, pitch]: by depth in it; 0; inside
  AlignedFloats spread_;                 // [depths + 1, pitch], the last one 0
  std::vector<float> source_scale_;
};

}  // namespace geod::trainer
