#pragma once

#include <cstddef>

#include "trainer/acoustic_stencil.hpp"

#if defined(__CUDACC__)
#define GEOD_HOST_DEVICE __host__ __device__
#else
#define GEOD_HOST_DEVICE
#endif

namespace geod::trainer {

/// One time step of many shots, for the kernel. All pointers are device memory.
///
/// A shot's field has kMargin rows of zeros above and below the grid, and rows of `pitch` values,
/// at least kMargin more than `columns`; these stay 0, so that a stencil may reach across the ends
/// of rows.
struct AcousticStep {
  static constexpr int kMargin = 2;

  const float* field = nullptr;  ///< at present, [shots, shot_values]
  float* other = nullptr;        ///< before; becomes the field after
  std::size_t shot_values = 0;   ///< (rows + 2 kMargin) * pitch
  int rows = 0;                  ///< of the grid: the model and the sponge on both sides
  int columns = 0;
  int pitch = 0;
  int sponge = 0;
  int depths = 0;  ///< of the model
  int offsets = 0;
  /// Coefficients of the models, as AcousticCoefficients has them.
  const float* spread = nullptr;        ///< [models, depths, offsets]
  const float* damping = nullptr;       ///< [models, sponge + 1]
  const float* source_scale = nullptr;  ///< [models, sources]
  const int* source_columns = nullptr;  ///< [sources], of the model
  int sources = 0;
  int first_shot = 0;  ///< shot 0 is this one of all models' sources
  int source_row = 0;
  int receiver_row = 0;
  const float* wavelet = nullptr;  ///< [times]
  int time = 0;
  int times = 0;
  float* records = nullptr;  ///< [shots, times, offsets]
};

/// Not fused into one multiply-add: the CPU does not, and the numbers shall be the same.
GEOD_HOST_DEVICE inline float product(float a, float b) {
#if defined(__CUDA_ARCH__)
  return __fmul_rn(a, b);
#else
  return a * b;
#endif
}

/// How deep in the sponge an index of the grid lies, counted outwards; `sponge` inside the model.
GEOD_HOST_DEVICE inline int sponge_depth_at(int index, int cells, int sponge) {
  if (index < sponge) {
    return sponge - 1 - index;
  }
  return index < sponge + cells ? sponge : index - sponge - cells;
}

/// The model's index that one of the grid repeats.
GEOD_HOST_DEVICE inline int model_index(int index, int cells, int sponge) {
  const int inside = index < sponge ? 0 : index - sponge;
  return inside < cells ? inside : cells - 1;
}

/// Rows `first_row` to `end_row` - 1 of column `x` of one shot: what one thread computes. Going
/// down a column, each value of it is read once; what lies beside it the neighbours have read, too.
GEOD_HOST_DEVICE inline void step_column(
    const AcousticStep& step, int shot, int x, int first_row, int end_row) {
  const std::size_t shot_at = static_cast<std::size_t>(shot) * step.shot_values;
  const auto pitch = static_cast<std::ptrdiff_t>(step.pitch);
  const float* const field = step.field + shot_at + AcousticStep::kMargin * pitch + x;
  float* const other = step.other + shot_at + AcousticStep::kMargin * pitch + x;
  const int source = (step.first_shot + shot) % step.sources;
  const int model = (step.first_shot + shot) / step.sources;
  const float* const spread_at = step.spread +
                                 static_cast<std::ptrdiff_t>(model) * step.depths * step.offsets +
                                 model_index(x, step.offsets, step.sponge);
  const float* const damping_at =
      step.damping + static_cast<std::ptrdiff_t>(model) * (step.sponge + 1);
  const int column_depth = sponge_depth_at(x, step.offsets, step.sponge);
  const int source_x = step.sponge + step.source_columns[source];

  const float* at = field + first_row * pitch;
  float above2 = at[-2 * pitch];
  float above = at[-pitch];
  float here = at[0];
  float below = at[pitch];
  for (int row = first_row; row < end_row; ++row, at += pitch) {
    const float below2 = at[2 * pitch];
    const float spread =
        spread_at[static_cast<std::ptrdiff_t>(model_index(row, step.depths, step.sponge)) *
                  step.offsets];
    // The strips left and right are as high as the grid.
    const float damping =
        damping_at[column_depth < step.sponge ? column_depth
                                              : sponge_depth_at(row, step.depths, step.sponge)];
    const float present = (2.0F + product(kMiddleWeights, spread)) - damping;
    const float past = 1.0F - damping;
    const float near = (at[-1] + at[1]) + (above + below);
    const float far = (at[-2] + at[2]) + (above2 + below2);
    float* const out = other + row * pitch;
    float after = (product(present, here) - product(past, *out)) +
                  product(spread, product(kNearWeight, near) + product(kFarWeight, far));
    if (row == step.sponge + step.source_row && x == source_x) {
      after += product(step.source_scale[model * step.sources + source], step.wavelet[step.time]);
    }
    *out = after;
    if (row == step.sponge + step.receiver_row && column_depth == step.sponge) {
      const std::ptrdiff_t trace = static_cast<std::ptrdiff_t>(shot) * step.times + step.time;
      step.records[trace * step.offsets + x - step.sponge] = after;
    }
    above2 = above;
    above = here;
    here = below;
    below = below2;
  }
}

}  // namespace geod::trainer
