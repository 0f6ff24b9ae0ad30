#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "models/segmentation.hpp"
#include "models/torch_host.hpp"
#include "models/torch_segment_runner.hpp"

namespace geod::models {

/// The SegmentationEngine over LibTorch: an encoder or a whole network of images, with or without
/// an overlay, on one device. Networks of one task may differ in size and classes, except for das:
/// whoever cuts tiles of a fibre does so for one size and expects its classes.
class TorchSegmentationEngine : public TorchHost<SegmentationEngine, TorchSegmenter> {
 public:
  /// Loads and checks the folder, lays the overlay over it, picks device and precision, warms up.
  /// Errors of load_manifest, load_base and prepare(); kUnsupported for a folder that is not of
  /// images; kConfig for impossible options; kDevice.
  static Result<std::unique_ptr<SegmentationEngine>> open(const EngineOptions& options);

  Result<void> segment(std::span<const Tile* const> tiles, SegmentBatch& out) override;

 protected:
  /// kModelMismatch, beside check_overlay's, for an encoder without overlay and for another task.
  Result<std::unique_ptr<const TorchSegmenter>> make(const NetworkOverlay* overlay) const override;
  std::vector<float> run_golden(const TorchSegmenter& network,
                                const NetworkOverlay& overlay) const override;
  std::unique_ptr<const TorchSegmenter> exchange(
      std::unique_ptr<const TorchSegmenter> next) override;

 private:
  using TorchHost::TorchHost;

  Result<void> start(const EngineOptions& options);
  Result<std::unique_ptr<const TorchSegmenter>> assemble(const NetworkOverlay* overlay) const;

  // Constant after open(), so that prepare() may read them in any thread.
  Task task_ = Task::kDas;
  std::optional<SegmenterGeometry> fixed_;  ///< of das: rows, columns and classes count
  std::optional<SegmentRunner> runner_;

  std::unique_ptr<const TorchSegmenter> network_;  // thread of segment()
};

}  // namespace geod::models
