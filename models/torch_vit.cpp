#include "models/torch_vit.hpp"

#include <cmath>

#include <ATen/ops/_upsample_bicubic2d_aa.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/dropout.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/upsample_bicubic2d.h>
#include <fmt/format.h>

namespace geod::models {
namespace {

constexpr double kLayerNormEps = 1e-6;
/// What DINOv2 adds to the patches along an axis before it divides by the grid.
constexpr double kScaleOffset = 0.1;

VitEncoder::Norm norm_of(const TensorTable& table, const std::string& prefix) {
  return {table.at(prefix + ".weight"), table.at(prefix + ".bias")};
}

/// [1, D, grid, grid] -> [1, D, rows, columns].
at::Tensor resample(const at::Tensor& map,
                    PositionRule rule,
                    std::int64_t rows,
                    std::int64_t columns) {
  switch (rule) {
    case PositionRule::kSize:
      return at::upsample_bicubic2d(map, {rows, columns}, /*align_corners=*/false);
    case PositionRule::kAntialias:
      return at::_upsample_bicubic2d_aa(map, {rows, columns}, /*align_corners=*/false);
    case PositionRule::kOffset:
      break;
  }
  const auto grid = static_cast<double>(map.size(2));
  return at::upsample_bicubic2d(map,
                                {rows, columns},
                                /*align_corners=*/false,
                                (static_cast<double>(rows) + kScaleOffset) / grid,
                                (static_cast<double>(columns) + kScaleOffset) / grid);
}

}  // namespace

AdaptedLinear::AdaptedLinear(const TensorTable& table,
                             const std::string& prefix,
                             const SegmenterGeometry& geometry)
    : weight_(table.at(prefix + ".weight")), bias_(table.at(prefix + ".bias")) {
  if (geometry.lora_rank > 0) {
    lora_a_ = table.at(prefix + ".lora_A.weight");
    lora_b_ = table.at(prefix + ".lora_B.weight");
    scale_ = geometry.lora_alpha / static_cast<double>(geometry.lora_rank);
    dropout_ = geometry.lora_dropout;
  }
}

at::Tensor AdaptedLinear::forward(const at::Tensor& x, bool training) const {
  const at::Tensor base = at::linear(x, weight_, bias_);
  if (!lora_a_.defined()) {
    return base;
  }
  const at::Tensor dropped = training && dropout_ > 0.0 ? at::dropout(x, dropout_, true) : x;
  return base.add(at::linear(at::linear(dropped, lora_a_), lora_b_), scale_);
}

at::Tensor AdaptedLinear::merged_weight() const {
  return lora_a_.defined() ? weight_.add(at::matmul(lora_b_, lora_a_), scale_) : weight_;
}

at::Tensor interpolate_positions(const at::Tensor& table,
                                 PositionRule rule,
                                 std::int64_t rows,
                                 std::int64_t columns) {
  const std::int64_t width = table.size(2);
  const auto grid =
      static_cast<std::int64_t>(std::lround(std::sqrt(static_cast<double>(table.size(1) - 1))));
  if (rows == grid && columns == grid) {
    return table;
  }
  const at::Tensor map = table.narrow(1, 1, grid * grid)
                             .to(at::kFloat)
                             .view({1, grid, grid, width})
                             .permute({0, 3, 1, 2});
  const at::Tensor resampled = resample(map, rule, rows, columns).flatten(2).transpose(1, 2);
  return at::cat({table.narrow(1, 0, 1), resampled.to(table.scalar_type())}, 1);
}

at::Tensor VitEncoder::Norm::forward(const at::Tensor& x) const {
  return at::layer_norm(x, weight.sizes(), weight, bias, kLayerNormEps);
}

VitEncoder::VitEncoder(const TensorTable& table, const SegmenterGeometry& geometry)
    : heads_(geometry.heads),
      patch_(geometry.patch),
      rule_(geometry.position_rule),
      cls_token_(table.at("encoder.cls_token")),
      positions_(table.at("encoder.pos_embed")),
      patch_weight_(table.at("encoder.patch_embed.proj.weight")),
      patch_bias_(table.at("encoder.patch_embed.proj.bias")),
      norm_(norm_of(table, "encoder.norm")) {
  if (geometry.registers > 0) {
    registers_ = table.at("encoder.register_tokens");
  }
  for (std::int64_t i = 0; i < geometry.blocks; ++i) {
    const std::string prefix = fmt::format("encoder.blocks.{}", i);
    blocks_.push_back({norm_of(table, prefix + ".norm1"),
                       AdaptedLinear(table, prefix + ".attn.qkv", geometry),
                       AdaptedLinear(table, prefix + ".attn.proj", geometry),
                       table.at(prefix + ".ls1.gamma"),
                       norm_of(table, prefix + ".norm2"),
                       table.at(prefix + ".mlp.fc1.weight"),
                       table.at(prefix + ".mlp.fc1.bias"),
                       table.at(prefix + ".mlp.fc2.weight"),
                       table.at(prefix + ".mlp.fc2.bias"),
                       table.at(prefix + ".ls2.gamma")});
  }
}

std::vector<at::Tensor> VitEncoder::forward(const at::Tensor& image,
                                            std::span<const std::int64_t> taps,
                                            bool training) const {
  const std::int64_t batch = image.size(0);
  const std::int64_t rows = image.size(2) / patch_;
  const std::int64_t columns = image.size(3) / patch_;
  std::vector<at::Tensor> features;
  at::Tensor x = embed(image);
  auto tap = taps.begin();
  for (std::size_t i = 0; i < blocks_.size() && tap != taps.end(); ++i) {
    const Block& block = blocks_[i];
    x = x.add(attend(block, block.norm1.forward(x), training).mul(block.scale1));
    const at::Tensor inner =
        at::gelu(at::linear(block.norm2.forward(x), block.fc1_weight, block.fc1_bias));
    x = x.add(at::linear(inner, block.fc2_weight, block.fc2_bias).mul(block.scale2));
    for (; tap != taps.end() && *tap == static_cast<std::int64_t>(i) + 1; ++tap) {
      const at::Tensor patches = x.narrow(1, x.size(1) - rows * columns, rows * columns);
      features.push_back(
          norm_.forward(patches).transpose(1, 2).reshape({batch, -1, rows, columns}));
    }
  }
  return features;
}

at::Tensor VitEncoder::embed(const at::Tensor& image) const {
  const std::int64_t batch = image.size(0);
  const std::int64_t rows = image.size(2) / patch_;
  const std::int64_t columns = image.size(3) / patch_;
  const at::Tensor patches =
      at::conv2d(image, patch_weight_, patch_bias_, patch_).flatten(2).transpose(1, 2);
  const at::Tensor positions = interpolate_positions(positions_, rule_, rows, columns);
  const at::Tensor placed = patches.add(positions.narrow(1, 1, rows * columns));
  const at::Tensor cls = cls_token_.add(positions.narrow(1, 0, 1)).expand({batch, -1, -1});
  if (!registers_.defined()) {
    return at::cat({cls, placed}, 1);
  }
  return at::cat({cls, registers_.expand({batch, -1, -1}), placed}, 1);
}

at::Tensor VitEncoder::attend(const Block& block, const at::Tensor& x, bool training) const {
  const std::int64_t batch = x.size(0);
  const std::int64_t tokens = x.size(1);
  const std::int64_t width = x.size(2);
  // [N, tokens, 3 width] -> three [N, heads, tokens, width / heads].
  const at::Tensor qkv = block.qkv.forward(x, training)
                             .view({batch, tokens, 3, heads_, width / heads_})
                             .permute({2, 0, 3, 1, 4});
  const at::Tensor mixed = at::scaled_dot_product_attention(qkv[0], qkv[1], qkv[2]);
  return block.proj.forward(mixed.transpose(1, 2).reshape({batch, tokens, width}), training);
}

}  // namespace geod::models
