#pragma once

#include <memory>
#include <span>

#include <ATen/core/Tensor.h>

#include "models/engine.hpp"
#include "models/segmentation.hpp"
#include "models/torch_segmenter.hpp"

namespace geod::models {

/// From tiles to class probabilities on one device. On the CPU whole tiles go to whole threads, so
/// that a tile is computed alike whatever else is in its batch. May throw c10::Error.
class SegmentRunner {
 public:
  SegmentRunner(const at::Device& device, at::ScalarType dtype, int threads)
      : device_(device), dtype_(dtype), threads_(threads) {}

  /// A copy for serving here: LoRA merged, on the device, in the runner's type. Any thread.
  std::unique_ptr<const TorchSegmenter> place(const TorchSegmenter& network) const;

  /// @param tiles  of the network's size.
  /// @param probabilities  [N, K, rows, columns], see SegmentBatch.
  void run(const TorchSegmenter& network,
           std::span<const Tile* const> tiles,
           std::span<float> probabilities) const;

 private:
  void run_on_cpu(const TorchSegmenter& network,
                  std::span<const Tile* const> tiles,
                  std::span<float> probabilities) const;
  void run_on_device(const TorchSegmenter& network,
                     std::span<const Tile* const> tiles,
                     std::span<float> probabilities) const;

  at::Device device_;
  at::ScalarType dtype_;
  int threads_;
};

/// A runner on the device of `options`, its precision measured on a small image (beside another
/// engine: taken over), its speed on a tile. kAuto takes a CUDA device when there is one and says
/// in `info` why not. kDevice.
Result<SegmentRunner> make_segment_runner(const TorchSegmenter& network,
                                          const EngineOptions& options,
                                          EngineInfo& info);

}  // namespace geod::models
