#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

namespace geod::trainer {

/// A few neighbouring rows of the field and what they are multiplied with.
struct AcousticRows {
  static constexpr std::size_t kRows = 4;
  /// A multiple of 16: values of a row. All rows begin at a cache line.
  std::size_t pitch = 0;
  /// The first row at present; two rows above the first and below the last are read, and one vector
  /// before and after each row.
  const float* field = nullptr;
  /// The first row of the field before, which becomes the field after. Another array.
  float* other = nullptr;
  std::array<const float*, kRows> present{};  ///< factor of the present field
  std::array<const float*, kRows> past{};     ///< factor of the field before
  std::array<const float*, kRows> spread{};   ///< (v dt / dx)^2
};

/// One time step of kRows rows:
/// other <- present field - past other + spread (4/3 near - 1/12 far), with the sums of the four
/// neighbours at one cell and at two added in mirror-symmetric pairs. Every path adds and
/// multiplies the same float32 numbers in the same order, without fused operations: the bits are
/// the same.
struct AcousticRowKernel {
  std::string_view name;
  void (*step)(const AcousticRows& rows);
};

/// Those this processor can run, the fastest first.
const std::vector<AcousticRowKernel>& acoustic_row_kernels();

}  // namespace geod::trainer
