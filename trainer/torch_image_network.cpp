#include "trainer/torch_image_network.hpp"

#include <algorithm>
#include <utility>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/softmax.h>

#include "trainer/torch_image_loss.hpp"

namespace geod::trainer {
namespace {

at::Device device_of(const models::TorchSegmenter& network) {
  return network.tensors().at(network.tensors().specs().front().name).device();
}

}  // namespace

ImageNetwork::ImageNetwork(std::unique_ptr<models::TorchSegmenter> network,
                           ImageLoss loss,
                           std::vector<double> class_weights)
    : network_(std::move(network)), loss_(loss), class_weights_(std::move(class_weights)) {}

at::Tensor ImageNetwork::loss(const TrainBatch& batch,
                              std::int64_t first,
                              std::int64_t windows,
                              const BatchTotals& totals,
                              bool training) const {
  const models::SegmenterGeometry& geometry = network_->geometry();
  const at::Device device = device_of(*network_);
  const std::vector<std::int64_t> size{geometry.rows, geometry.columns};
  const at::Tensor tiles = view_rows(batch.input, first, windows, size).to(device);
  const at::Tensor target = view_rows(batch.target, first, windows, size).to(device);
  at::Tensor weights;
  if (!class_weights_.empty()) {
    // from_blob takes a mutable pointer; to() copies before anything could write.
    weights = at::from_blob(const_cast<double*>(class_weights_.data()),
                            {static_cast<std::int64_t>(class_weights_.size())},
                            at::kDouble)
                  .to(device, at::kFloat);
  }
  const double share = static_cast<double>(windows) / static_cast<double>(totals.windows);
  return image_loss(loss_, network_->logits(tiles, training), target, weights) * share;
}

std::unique_ptr<TrainedNetwork> ImageNetwork::same_shape() const {
  auto network = models::TorchSegmenter::make(network_->geometry(), 0);
  GEOD_CHECK(network.has_value(), "a geometry that made one network makes another");
  return std::make_unique<ImageNetwork>(std::move(*network), loss_, class_weights_);
}

SegmentFunction segment_function(std::shared_ptr<const TrainedNetwork> trained) {
  return [trained = std::move(trained)](std::span<const models::Tile* const> tiles,
                                        models::SegmentBatch& out) -> Result<void> {
    const auto& network = static_cast<const ImageNetwork&>(*trained).network();
    const at::NoGradGuard no_gradient;
    const models::SegmenterGeometry& geometry = network.geometry();
    std::vector<float> values;
    for (const models::Tile* tile : tiles) {
      GEOD_CHECK(tile->rows == geometry.rows && tile->columns == geometry.columns,
                 "tiles are of the network's size");
      values.insert(values.end(), tile->values.begin(), tile->values.end());
    }
    const at::Tensor input =
        view_rows(
            values, 0, static_cast<std::int64_t>(tiles.size()), {geometry.rows, geometry.columns})
            .to(device_of(network));
    const at::Tensor p =
        at::softmax(network.logits(input, false), 1).to(at::kCPU, at::kFloat).contiguous();
    out.tiles = tiles.size();
    out.classes = static_cast<std::size_t>(geometry.classes);
    out.rows = geometry.rows;
    out.columns = geometry.columns;
    const float* begin = p.const_data_ptr<float>();
    out.values.assign(begin, begin + p.numel());
    return {};
  };
}

}  // namespace geod::trainer
