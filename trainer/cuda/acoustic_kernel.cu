#include "trainer/cuda/acoustic_kernel.hpp"

namespace geod::trainer {
namespace {

constexpr int kColumns = 64;  // of a block: neighbours in a row, one thread each
constexpr int kGroups = 4;    // of a block: pieces of a column
constexpr int kRows = 10;     // of a piece: what a thread goes down

__global__ void __launch_bounds__(kColumns* kGroups) step_shots(const AcousticStep step) {
  const int x = static_cast<int>(blockIdx.x) * kColumns + static_cast<int>(threadIdx.x);
  const int first =
      (static_cast<int>(blockIdx.y) * kGroups + static_cast<int>(threadIdx.y)) * kRows;
  if (x < step.columns && first < step.rows) {
    step_column(step, static_cast<int>(blockIdx.z), x, first, min(first + kRows, step.rows));
  }
}

unsigned pieces(int whole, int piece) {
  return static_cast<unsigned>((whole + piece - 1) / piece);
}

}  // namespace

cudaError_t launch_acoustic_step(const AcousticStep& step, int shots, cudaStream_t stream) {
  const dim3 blocks(pieces(step.columns, kColumns),
                    pieces(step.rows, kRows * kGroups),
                    static_cast<unsigned>(shots));
  step_shots<<<blocks, dim3(kColumns, kGroups), 0, stream>>>(step);
  return cudaGetLastError();
}

}  // namespace geod::trainer
