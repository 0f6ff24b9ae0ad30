#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "trainer/acoustic_medium.hpp"
#include "trainer/acoustic_rows.hpp"
#include "trainer/acoustic_survey.hpp"
#include "trainer/aligned_floats.hpp"

namespace geod::trainer {

/// The field of one shot at two times, and the computation of its gather. Owned by one thread.
///
/// Time steps are computed several at a time: while rows of the first come from a far cache or from
/// memory, rows further up take the following steps, which are still near. The result does not
/// depend on it.
class AcousticShot {
 public:
  AcousticShot(const AcousticSurvey& survey, const AcousticRowKernel& kernel);

  /// @param wavelet  [times] of source_wavelet
  /// @param gather  [times, receivers] pressure, written
  void run(const AcousticMedium& medium,
           std::size_t source,
           std::span<const float> wavelet,
           std::span<float> gather);

 private:
  void step_group(const AcousticMedium& medium, std::size_t time, std::size_t first_row);

  AcousticSurvey survey_;
  AcousticRowKernel kernel_;
  std::size_t pitch_ = 0;
  std::array<AlignedFloats, 2> fields_;
  std::array<float*, 2> first_rows_{};  // of the grid, in fields_
};

}  // namespace geod::trainer
