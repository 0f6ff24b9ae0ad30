#include "trainer/acoustic_shot.hpp"

#include <algorithm>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace geod::trainer {
namespace {

constexpr std::size_t kGroup = AcousticMedium::kRowGroup;
static_assert(kGroup == AcousticRows::kRows);

/// Rows above and below the grid that a stencil reads; they stay 0.
constexpr std::size_t kMargin = 2;

/// Time steps of one sweep over the grid. The rows of a sweep in flight, two fields and three sets
/// of coefficients, are then some 200 kB: they fit a core's second-level cache.
constexpr std::size_t kStepsAtOnce = 8;

/// Numbers too small for the exponent of float32 count as 0 in this scope: ahead of the wave the
/// scheme makes them in every cell, and processors compute with them a hundred times slower.
class DenormalsAreZero {
 public:
#if defined(__SSE2__)
  DenormalsAreZero() : saved_(_mm_getcsr()) {
    _mm_setcsr(saved_ | kFlushAndZero);
  }
  ~DenormalsAreZero() {
    _mm_setcsr(saved_);
  }

 private:
  static constexpr unsigned kFlushAndZero = 0x8040;  // FTZ and DAZ
  unsigned saved_;

 public:
#else
  DenormalsAreZero() = default;
#endif
  DenormalsAreZero(const DenormalsAreZero&) = delete;
  DenormalsAreZero& operator=(const DenormalsAreZero&) = delete;
};

}  // namespace

AcousticShot::AcousticShot(const AcousticSurvey& survey, const AcousticRowKernel& kernel)
    : survey_(survey), kernel_(kernel) {
  const AcousticMedium shape(survey);
  pitch_ = shape.pitch();
  // A vector before the first row and after the last, of which the kernel reads values.
  const std::size_t before = kMargin * pitch_ + AcousticMedium::kVector;
  const std::size_t size = 2 * before + shape.rows() * pitch_;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    fields_[i].assign(size, 0.0F);
    first_rows_[i] = fields_[i].data() + before;
  }
}

void AcousticShot::step_group(const AcousticMedium& medium,
                              std::size_t time,
                              std::size_t first_row) {
  AcousticRows rows;
  rows.pitch = pitch_;
  rows.field = first_rows_[time % 2] + first_row * pitch_;
  rows.other = first_rows_[(time + 1) % 2] + first_row * pitch_;
  for (std::size_t i = 0; i < kGroup; ++i) {
    rows.present[i] = medium.present(first_row + i);
    rows.past[i] = medium.past(first_row + i);
    rows.spread[i] = medium.spread(first_row + i);
  }
  kernel_.step(rows);
}

void AcousticShot::run(const AcousticMedium& medium,
                       std::size_t source,
                       std::span<const float> wavelet,
                       std::span<float> gather) {
  const DenormalsAreZero scope;
  for (AlignedFloats& field : fields_) {
    std::fill(field.begin(), field.end(), 0.0F);
  }
  const std::size_t sponge = survey_.sponge_cells;
  const std::size_t source_row = sponge + survey_.source_row;
  const std::size_t source_at = source_row * pitch_ + sponge + survey_.source_columns[source];
  const std::size_t receiver_row = sponge + survey_.receiver_row;
  const std::size_t receivers_at = receiver_row * pitch_ + sponge;
  const std::size_t groups = medium.rows() / kGroup;

  for (std::size_t begin = 0; begin < survey_.times; begin += kStepsAtOnce) {
    const std::size_t steps = std::min(kStepsAtOnce, survey_.times - begin);
    // Step k follows step k - 1 one group behind: the two rows below its own, which it reads, have
    // been made, and no row that step k - 1 still reads is overwritten.
    for (std::size_t sweep = 0; sweep < groups + steps - 1; ++sweep) {
      const std::size_t last = std::min(steps - 1, sweep);
      for (std::size_t k = sweep < groups ? 0 : sweep - groups + 1; k <= last; ++k) {
        const std::size_t time = begin + k;
        const std::size_t group = sweep - k;
        step_group(medium, time, group * kGroup);
        float* const after = first_rows_[(time + 1) % 2];
        if (group == source_row / kGroup) {
          after[source_at] += medium.source_scale(source) * wavelet[time];
        }
        if (group == receiver_row / kGroup) {
          std::copy_n(
              after + receivers_at, survey_.offsets, gather.data() + time * survey_.offsets);
        }
      }
    }
  }
}

}  // namespace geod::trainer
