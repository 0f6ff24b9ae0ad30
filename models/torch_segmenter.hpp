#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include <ATen/core/Tensor.h>

#include "models/segmenter_geometry.hpp"
#include "models/torch_decoders.hpp"
#include "models/torch_tensors.hpp"
#include "models/torch_unet.hpp"
#include "models/torch_vit.hpp"

namespace geod::models {

/// DINOv2 with LoRA and a decoder, or the U-Net, as it is trained and served. Differentiable
/// through ATen's autograd; needs no torch::nn. Not copyable: layers share the table's tensors.
///
/// Source: Guo et al. 2024 (arXiv 2408.12396) and its code.
class TorchSegmenter {
 public:
  /// Fresh weights for `seed`. kModelMismatch when the geometry is impossible.
  static Result<std::unique_ptr<TorchSegmenter>> make(const SegmenterGeometry& geometry,
                                                      std::uint64_t seed);
  /// A network of the given tensors, which it shares; they must be all of segmenter_specs, in their
  /// shapes, of one floating type and device, and the geometry valid. For inference: nothing
  /// requires a gradient.
  TorchSegmenter(const SegmenterGeometry& geometry, TensorTable::Tensors tensors);
  TorchSegmenter(const TorchSegmenter&) = delete;
  TorchSegmenter& operator=(const TorchSegmenter&) = delete;

  /// Raw tiles as the first layer takes them, on their device: for the encoder cut to whole numbers
  /// 0 to 255, resized to whole patches (bilinear, rounded half up, along the rows, then the
  /// columns), / 255, three equal channels; for the U-Net / 255 alone.
  ///
  /// @param tiles  [N, rows, columns] float32 in 0..255, of the geometry's size.
  /// @return [N, 3, patch grid_rows, patch grid_columns] or [N, 1, rows, columns], float32.
  at::Tensor prepare(const at::Tensor& tiles) const;

  /// What a loss needs before the softmax over the classes. The geometry must have a decoder.
  ///
  /// @param tiles  as for prepare(), on the network's device.
  /// @param training  LoRA's dropout and batch statistics on; running statistics are updated.
  /// @return float32 [N, K, rows, columns].
  at::Tensor logits(const at::Tensor& tiles, bool training) const;

  /// Patch tokens of the last tap through the final LayerNorm, float32 [N, D, grid_rows,
  /// grid_columns]: what PCA pictures are made of. The geometry must have an encoder.
  at::Tensor features(const at::Tensor& tiles) const;

  /// A network for inference that gives the same outputs, with LoRA merged into the weights; shares
  /// every other tensor.
  std::unique_ptr<TorchSegmenter> merged() const;

  /// Leaves for an optimiser: all of them, or those that train.
  std::vector<at::Tensor> parameters(bool trainable_only) const;
  /// Names, specs and tensors, for saving, loading and weight averages.
  TensorTable& tensors() { return table_; }
  const TensorTable& tensors() const { return table_; }

  const SegmenterGeometry& geometry() const { return geometry_; }
  void to(const at::Device& device) { table_.to(device); }

  /// Parts, for tests against their peers; null where the geometry has none.
  const VitEncoder* encoder() const { return encoder_ ? &*encoder_ : nullptr; }
  const SegmentHead* head() const { return head_.get(); }
  const Unet* unet() const { return unet_ ? &*unet_ : nullptr; }

 private:
  TorchSegmenter(const SegmenterGeometry& geometry, TensorTable table);
  ImageSize size() const { return {geometry_.rows, geometry_.columns}; }

  SegmenterGeometry geometry_;
  TensorTable table_;
  std::optional<VitEncoder> encoder_;
  std::unique_ptr<const SegmentHead> head_;
  std::optional<Unet> unet_;
};

}  // namespace geod::models
