#include "models/torch_segmenter.hpp"

#include <cmath>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include "models/segmenter_specs.hpp"

namespace geod::models {
namespace {

constexpr double kMaxValue = 255.0;

/// Fresh values of an encoder and its decoder.
class Initialiser {
 public:
  explicit Initialiser(std::uint64_t seed) : generator_(at::detail::createCPUGenerator(seed)) {}

  void fill(const TensorSpec& spec, at::Tensor& tensor) {
    const std::string_view name = spec.name;
    if (name.ends_with(".weight")) {
      fill_weight(spec, tensor);
    } else if (name.ends_with(".bias")) {
      bias_bound_ > 0.0 ? tensor.uniform_(-bias_bound_, bias_bound_, generator_) : tensor.zero_();
    } else if (name.ends_with(".running_var")) {
      tensor.fill_(1.0);
    } else if (name.ends_with(".gamma")) {
      tensor.fill_(kLayerScale);
    } else if (name.ends_with(".pos_embed")) {
      tensor.normal_(0.0, kDeviation, generator_);
    } else if (name.ends_with(".cls_token") || name.ends_with(".register_tokens")) {
      tensor.normal_(0.0, kTokenDeviation, generator_);
    } else {
      tensor.zero_();  // running means and mask_token
    }
  }

 private:
  static constexpr double kDeviation = 0.02;
  static constexpr double kTokenDeviation = 1e-6;
  /// For up to 18 blocks, Touvron et al. 2021 (arXiv 2103.17239): DINOv2's own 1e-5 is for training
  /// far longer than geod's.
  static constexpr double kLayerScale = 0.1;

  /// A weight comes before its bias, which is drawn by the weight's fan in.
  void fill_weight(const TensorSpec& spec, at::Tensor& tensor) {
    bias_bound_ = 0.0;
    if (spec.shape.size() == 1) {
      tensor.fill_(1.0);  // of a norm
    } else if (spec.name.ends_with(".lora_B.weight")) {
      tensor.zero_();
    } else if (spec.part == Part::kEncoder && spec.shape.size() == 2) {
      tensor.normal_(0.0, kDeviation, generator_);
    } else {
      bias_bound_ =
          std::sqrt(static_cast<double>(spec.shape[0]) / static_cast<double>(spec.elements()));
      tensor.uniform_(-bias_bound_, bias_bound_, generator_);
    }
  }

  double bias_bound_ = 0.0;
  at::Generator generator_;
};

/// Bilinear, rounded half up, as images of 8 bits are: along one axis at a time, so that two calls
/// give what PIL gives, with which the published code resizes.
at::Tensor resize_rounded(const at::Tensor& image, ImageSize size) {
  return resize_bilinear(image, size, /*align_corners=*/false).add(0.5).floor();
}

at::ScalarType type_of(const TensorTable& table) {
  return table.at(table.specs().front().name).scalar_type();
}

}  // namespace

Result<std::unique_ptr<TorchSegmenter>> TorchSegmenter::make(const SegmenterGeometry& geometry,
                                                             std::uint64_t seed) {
  if (auto ok = geometry.validate(); !ok) {
    return tl::unexpected(ok.error());
  }
  Initialiser initialiser(seed);
  TensorTable table(segmenter_specs(geometry),
                    [&initialiser](const TensorSpec& spec, at::Tensor& tensor) {
                      initialiser.fill(spec, tensor);
                    });
  return std::unique_ptr<TorchSegmenter>(new TorchSegmenter(geometry, std::move(table)));
}

TorchSegmenter::TorchSegmenter(const SegmenterGeometry& geometry, TensorTable::Tensors tensors)
    : TorchSegmenter(geometry, TensorTable(segmenter_specs(geometry), std::move(tensors))) {}

TorchSegmenter::TorchSegmenter(const SegmenterGeometry& geometry, TensorTable table)
    : geometry_(geometry), table_(std::move(table)) {
  if (!geometry.has_encoder()) {
    unet_.emplace(table_);
    return;
  }
  encoder_.emplace(table_, geometry);
  if (geometry.decoder != SegmentDecoder::kNone) {
    head_ = SegmentHead::make(table_, geometry);
  }
}

at::Tensor TorchSegmenter::prepare(const at::Tensor& tiles) const {
  GEOD_CHECK(
      tiles.dim() == 3 && tiles.size(1) == geometry_.rows && tiles.size(2) == geometry_.columns,
      "tiles of another size than the geometry's");
  at::Tensor image = tiles.unsqueeze(1);
  if (unet_) {
    return image.div(kMaxValue);
  }
  image = image.clamp(0.0, kMaxValue).floor();
  const ImageSize resized{geometry_.patch * geometry_.grid_rows(),
                          geometry_.patch * geometry_.grid_columns()};
  if (resized.rows != geometry_.rows || resized.columns != geometry_.columns) {
    image = resize_rounded(resize_rounded(image, {geometry_.rows, resized.columns}), resized);
  }
  return image.div(kMaxValue).expand({-1, 3, -1, -1});
}

at::Tensor TorchSegmenter::logits(const at::Tensor& tiles, bool training) const {
  const at::Tensor image = prepare(tiles).to(type_of(table_));
  if (unet_) {
    return unet_->forward(image, training).to(at::kFloat);
  }
  GEOD_CHECK(head_ != nullptr, "an encoder without a decoder has no class scores");
  const std::span<const std::int64_t> taps(geometry_.taps);
  const auto features =
      encoder_->forward(image, head_->takes_all_taps() ? taps : taps.last(1), training);
  return head_->forward(features, size(), training).to(at::kFloat);
}

at::Tensor TorchSegmenter::features(const at::Tensor& tiles) const {
  GEOD_CHECK(encoder_.has_value(), "a U-Net has no features");
  const std::span<const std::int64_t> taps(geometry_.taps);
  return encoder_->forward(prepare(tiles).to(type_of(table_)), taps.last(1), false)
      .front()
      .to(at::kFloat);
}

std::unique_ptr<TorchSegmenter> TorchSegmenter::merged() const {
  const at::NoGradGuard no_grad;
  SegmenterGeometry plain = geometry_;
  plain.lora_rank = 0;
  TensorTable::Tensors tensors;
  for (const TensorSpec& spec : segmenter_specs(plain)) {
    tensors.emplace(spec.name, table_.at(spec.name).detach());
  }
  for (std::size_t i = 0; geometry_.lora_rank > 0 && i < encoder_->blocks().size(); ++i) {
    const std::string prefix = fmt::format("encoder.blocks.{}.attn.", i);
    tensors[prefix + "qkv.weight"] = encoder_->blocks()[i].qkv.merged_weight();
    tensors[prefix + "proj.weight"] = encoder_->blocks()[i].proj.merged_weight();
  }
  return std::make_unique<TorchSegmenter>(plain, std::move(tensors));
}

std::vector<at::Tensor> TorchSegmenter::parameters(bool trainable_only) const {
  std::vector<at::Tensor> parameters;
  for (const TensorSpec& spec : table_.specs()) {
    if (!spec.is_buffer && (spec.is_trainable || !trainable_only)) {
      parameters.push_back(table_.at(spec.name));
    }
  }
  return parameters;
}

}  // namespace geod::models
