#pragma once

#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "core/error.hpp"
#include "trainer/train_options.hpp"

namespace geod::trainer {

/// The processes that train one network together, each on its part of every batch. Every process
/// makes the same calls in the same order; a call returns when all have made it. A process that
/// ended lets the calls of the others throw (LibTorch's exceptions).
/// Thread: one.
class ProcessGroup {
 public:
  virtual ~ProcessGroup() = default;
  virtual int rank() const = 0;  ///< 0 validates, saves and exports
  virtual int size() const = 0;

  /// Adds up the tensors of all processes, in place; the same bits in all of them.
  virtual void sum(at::Tensor& values) = 0;

  bool alone() const { return size() == 1; }
  /// As `sum`, for a few numbers in double precision.
  std::vector<double> sum(const std::vector<double>& values);
  /// As `sum`, for many tensors at once; undefined ones are left out, in all processes alike.
  void sum_all(const std::vector<at::Tensor>& tensors);
};

/// The one of `options.world`: alone with a world of 1; else over Gloo, once all processes have
/// come to the store.
///
/// `file:PATH` is for processes of one machine, which then speak over its loopback interface;
/// `tcp://HOST:PORT` lets rank 0 listen on HOST and the others connect. What they exchange is
/// neither encrypted nor authenticated. kConfig for a store or rank that cannot be, kIo when the
/// others do not come within two minutes.
Result<std::unique_ptr<ProcessGroup>> join_process_group(const WorldOptions& world);

/// The sum over all processes as part of a computation: its gradient is the sum of theirs.
at::Tensor differentiable_sum(ProcessGroup& group, const at::Tensor& values);

}  // namespace geod::trainer
