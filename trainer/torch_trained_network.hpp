#pragma once

#include <cstdint>
#include <memory>

#include <ATen/core/Tensor.h>

#include "models/torch_tensors.hpp"
#include "trainer/batch_source.hpp"

namespace geod::trainer {

/// Sums over the batch of one step, of all processes.
struct BatchTotals {
  std::int64_t windows = 0;
  double weights = 0.0;
};

/// A network with the loss it is trained by, whatever its family. Thread: one.
class TrainedNetwork {
 public:
  virtual ~TrainedNetwork() = default;

  virtual models::TensorTable& tensors() = 0;
  const models::TensorTable& tensors() const {
    return const_cast<TrainedNetwork*>(this)->tensors();
  }

  /// What windows [first, first + windows) of `batch` add to the loss of the step, a scalar on the
  /// network's device.
  ///
  /// @param batch  in host memory.
  /// @param training  dropouts and batch statistics on; running statistics are updated.
  virtual at::Tensor loss(const TrainBatch& batch,
                          std::int64_t first,
                          std::int64_t windows,
                          const BatchTotals& totals,
                          bool training) const = 0;

  /// A network of the same tensors, in host memory, to copy weights into.
  virtual std::unique_ptr<TrainedNetwork> same_shape() const = 0;
};

/// Rows [first, first + rows) of row-major values of the given shape behind the row. Shares memory
/// with `values`; nothing may be written through it.
at::Tensor view_rows(const std::vector<float>& values,
                     std::int64_t first,
                     std::int64_t rows,
                     std::vector<std::int64_t> shape);

}  // namespace geod::trainer
