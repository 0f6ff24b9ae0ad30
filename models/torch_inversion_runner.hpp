#pragma once

#include <memory>
#include <span>

#include <ATen/core/Tensor.h>

#include "models/inversion.hpp"
#include "models/torch_folded_inversion.hpp"

namespace geod::models {

struct EngineOptions;

/// From shots as they were recorded to normalised maps, on one device. On the CPU whole sets of
/// shots go to whole threads, so that a map is computed alike whatever else is in its batch. May
/// throw c10::Error.
class InversionRunner {
 public:
  InversionRunner(const at::Device& device, at::ScalarType dtype, int threads)
      : device_(device), dtype_(dtype), threads_(threads) {}

  /// A copy for serving here. Any thread.
  std::unique_ptr<const FoldedInversion> place(const TorchInversionNet& network,
                                               const InversionSettings& settings) const;

  /// @param batch  of the network's size.
  /// @param maps  [N, depths, offsets], normalised.
  void run(const FoldedInversion& network,
           std::span<const Shots* const> batch,
           std::span<float> maps) const;

 private:
  void run_on_device(const FoldedInversion& network,
                     std::span<const Shots* const> batch,
                     std::span<float> maps) const;

  at::Device device_;
  at::ScalarType dtype_;
  int threads_;
};

/// A runner on the device of `options`, its precision measured on the golden shots (beside another
/// engine: taken over), and its speed. kAuto takes a CUDA device when there is one and says in
/// `info` why not. kDevice.
Result<InversionRunner> make_inversion_runner(const TorchInversionNet& network,
                                              const InversionSettings& settings,
                                              const EngineOptions& options,
                                              EngineInfo& info);

}  // namespace geod::models
