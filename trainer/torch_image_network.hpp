#pragma once

#include <memory>
#include <vector>

#include "models/torch_segmenter.hpp"
#include "trainer/image_options.hpp"
#include "trainer/image_tiles.hpp"
#include "trainer/torch_trained_network.hpp"

namespace geod::trainer {

/// DINOv2 with a decoder, or the U-Net, with the loss of a segmentation.
class ImageNetwork final : public TrainedNetwork {
 public:
  /// @param class_weights  of cross-entropy, one a class; empty: all 1.
  ImageNetwork(std::unique_ptr<models::TorchSegmenter> network,
               ImageLoss loss,
               std::vector<double> class_weights);

  using TrainedNetwork::tensors;
  models::TensorTable& tensors() override { return network_->tensors(); }
  /// The loss of the windows, times their share of the step's: where a batch is computed in parts
  /// or by several processes, the losses of the parts are averaged.
  at::Tensor loss(const TrainBatch& batch,
                  std::int64_t first,
                  std::int64_t windows,
                  const BatchTotals& totals,
                  bool training) const override;
  std::unique_ptr<TrainedNetwork> same_shape() const override;

  const models::TorchSegmenter& network() const { return *network_; }
  models::TorchSegmenter& network() { return *network_; }

 private:
  std::unique_ptr<models::TorchSegmenter> network_;
  ImageLoss loss_;
  std::vector<double> class_weights_;
};

/// Class probabilities through the network in inference mode, on the device of its tensors.
/// @param network  an ImageNetwork: of NetworkTraining::evaluated().
SegmentFunction segment_function(std::shared_ptr<const TrainedNetwork> network);

}  // namespace geod::trainer
