#include "trainer/acoustic_rows.hpp"

#include "trainer/acoustic_stencil.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace geod::trainer {
namespace {

constexpr std::size_t kRows = AcousticRows::kRows;

/// Several rows at once share what they read above and below each other. The compiler makes vectors
/// of the loop for whatever the function around it is compiled for.
[[gnu::always_inline]] inline void step_plain(const AcousticRows& rows) {
  const std::ptrdiff_t pitch = static_cast<std::ptrdiff_t>(rows.pitch);
  const float* const field = rows.field;
  float* const __restrict other = rows.other;
  const auto present = rows.present;
  const auto past = rows.past;
  const auto spread = rows.spread;
  for (std::ptrdiff_t x = 0; x < pitch; ++x) {
    float column[kRows + 4];
    for (std::size_t i = 0; i < kRows + 4; ++i) {
      column[i] = field[(static_cast<std::ptrdiff_t>(i) - 2) * pitch + x];
    }
    for (std::size_t i = 0; i < kRows; ++i) {
      const float* const row = field + static_cast<std::ptrdiff_t>(i) * pitch + x;
      float* const out = other + static_cast<std::ptrdiff_t>(i) * pitch + x;
      const float near = (row[-1] + row[1]) + (column[i + 1] + column[i + 3]);
      const float far = (row[-2] + row[2]) + (column[i] + column[i + 4]);
      *out = (present[i][x] * column[i + 2] - past[i][x] * *out) +
             spread[i][x] * (kNearWeight * near + kFarWeight * far);
    }
  }
}

void step_anywhere(const AcousticRows& rows) {
  step_plain(rows);
}

#if defined(__x86_64__)

[[gnu::target("avx2")]] void step_avx2(const AcousticRows& rows) {
  step_plain(rows);
}

/// Every lane. GCC 12 warns of the unmasked shift, whose pass-through value it leaves undefined.
constexpr __mmask16 kEvery = 0xFFFF;

/// Lanes `First` to `First` + 15 of two vectors that follow each other.
template <int First>
[[gnu::target("avx512f"), gnu::always_inline]] inline __m512 lanes_from(__m512 low, __m512 high) {
  return _mm512_castsi512_ps(_mm512_maskz_alignr_epi32(
      kEvery, _mm512_castps_si512(high), _mm512_castps_si512(low), First));
}

/// Neighbours along a row are shifted out of three whole vectors: unaligned loads of 64 bytes each
/// cost two cache lines, and are what the plain loop waits for.
[[gnu::target("avx512f")]] void step_avx512(const AcousticRows& rows) {
  constexpr std::ptrdiff_t kLanes = 16;
  const std::ptrdiff_t pitch = static_cast<std::ptrdiff_t>(rows.pitch);
  const __m512 near_weight = _mm512_set1_ps(kNearWeight);
  const __m512 far_weight = _mm512_set1_ps(kFarWeight);
  const auto row_at = [&](std::ptrdiff_t i) { return rows.field + i * pitch; };
  __m512 left[kRows];
  __m512 middle[kRows];
  for (std::size_t i = 0; i < kRows; ++i) {
    const float* const row = row_at(static_cast<std::ptrdiff_t>(i));
    left[i] = _mm512_load_ps(row - kLanes);
    middle[i] = _mm512_load_ps(row);
  }
  for (std::ptrdiff_t x = 0; x < pitch; x += kLanes) {
    __m512 column[kRows + 4];
    column[0] = _mm512_load_ps(row_at(-2) + x);
    column[1] = _mm512_load_ps(row_at(-1) + x);
    for (std::size_t i = 0; i < kRows; ++i) {
      column[i + 2] = middle[i];
    }
    column[kRows + 2] = _mm512_load_ps(row_at(kRows) + x);
    column[kRows + 3] = _mm512_load_ps(row_at(kRows + 1) + x);
    for (std::size_t i = 0; i < kRows; ++i) {
      const auto row = static_cast<std::ptrdiff_t>(i);
      const __m512 right = _mm512_load_ps(row_at(row) + x + kLanes);
      const __m512 before = lanes_from<15>(left[i], middle[i]);
      const __m512 before2 = lanes_from<14>(left[i], middle[i]);
      const __m512 after = lanes_from<1>(middle[i], right);
      const __m512 after2 = lanes_from<2>(middle[i], right);
      left[i] = middle[i];
      middle[i] = right;
      const __m512 near =
          _mm512_add_ps(_mm512_add_ps(before, after), _mm512_add_ps(column[i + 1], column[i + 3]));
      const __m512 far =
          _mm512_add_ps(_mm512_add_ps(before2, after2), _mm512_add_ps(column[i], column[i + 4]));
      const __m512 around =
          _mm512_add_ps(_mm512_mul_ps(near_weight, near), _mm512_mul_ps(far_weight, far));
      float* const out = rows.other + row * pitch + x;
      const __m512 carried =
          _mm512_sub_ps(_mm512_mul_ps(_mm512_load_ps(rows.present[i] + x), column[i + 2]),
                        _mm512_mul_ps(_mm512_load_ps(rows.past[i] + x), _mm512_load_ps(out)));
      _mm512_store_ps(
          out, _mm512_add_ps(carried, _mm512_mul_ps(_mm512_load_ps(rows.spread[i] + x), around)));
    }
  }
}

#endif  // __x86_64__

std::vector<AcousticRowKernel> usable_kernels() {
  std::vector<AcousticRowKernel> kernels;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") != 0) {
    kernels.push_back({"AVX-512", step_avx512});
  }
  if (__builtin_cpu_supports("avx2") != 0) {
    kernels.push_back({"AVX2", step_avx2});
  }
#endif
  kernels.push_back({"plain", step_anywhere});
  return kernels;
}

}  // namespace

const std::vector<AcousticRowKernel>& acoustic_row_kernels() {
  static const std::vector<AcousticRowKernel> kKernels = usable_kernels();
  return kKernels;
}

}  // namespace geod::trainer
