#include "models/torch_trunk.hpp"

#include <ATen/ops/dropout.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/scaled_dot_product_attention.h>

namespace geod::models {
namespace {

constexpr double kLayerNormEps = 1e-5;

LayerNorm layer_norm(const TensorTable& table, const std::string& prefix) {
  return {table.at(prefix + ".weight"), table.at(prefix + ".bias")};
}

}  // namespace

at::Tensor LayerNorm::forward(const at::Tensor& x) const {
  return at::layer_norm(x, weight.sizes(), weight, bias, kLayerNormEps);
}

Trunk::Trunk(const TensorTable& table, const SeisMollmGeometry& geometry)
    : heads_(geometry.heads),
      dropout_(geometry.dropout),
      positions_(table.at("gpt2.wpe.weight")),
      ln_f_(layer_norm(table, "gpt2.ln_f")) {
  for (std::int64_t m = 0; m < geometry.blocks; ++m) {
    const std::string prefix = "gpt2.h." + std::to_string(m);
    blocks_.push_back({layer_norm(table, prefix + ".ln_1"),
                       LoraLinear(table, prefix + ".attn.c_attn", geometry),
                       LoraLinear(table, prefix + ".attn.c_proj", geometry),
                       layer_norm(table, prefix + ".ln_2"),
                       LoraLinear(table, prefix + ".mlp.c_fc", geometry),
                       LoraLinear(table, prefix + ".mlp.c_proj", geometry)});
  }
}

at::Tensor Trunk::forward(const at::Tensor& tokens, bool training) const {
  const std::int64_t batch = tokens.size(0);
  const std::int64_t width = tokens.size(2);
  at::Tensor hidden = drop(tokens.add(positions_.narrow(0, 0, tokens.size(1))), training);
  hidden = hidden.reshape({-1, width});
  for (const Block& block : blocks_) {
    hidden = hidden.add(drop(attend(block, block.ln_1.forward(hidden), batch, training), training));
    const at::Tensor inner =
        at::gelu(block.c_fc.forward(block.ln_2.forward(hidden), training), "tanh");
    hidden = hidden.add(drop(block.mlp_c_proj.forward(inner, training), training));
  }
  return ln_f_.forward(hidden).view(tokens.sizes());
}

at::Tensor Trunk::attend(const Block& block,
                         const at::Tensor& rows,
                         std::int64_t batch,
                         bool training) const {
  const std::int64_t width = rows.size(1);
  const std::int64_t tokens = rows.size(0) / batch;
  // [R, 3 width] -> three [N, heads, tokens, width / heads].
  const at::Tensor qkv = block.c_attn.forward(rows, training)
                             .view({batch, tokens, 3, heads_, width / heads_})
                             .permute({2, 0, 3, 1, 4});
  const at::Tensor mixed = at::scaled_dot_product_attention(
      qkv[0], qkv[1], qkv[2], {}, training ? dropout_ : 0.0, /*is_causal=*/true);
  return block.c_proj.forward(mixed.transpose(1, 2).reshape({-1, width}), training);
}

at::Tensor Trunk::drop(const at::Tensor& x, bool training) const {
  return training && dropout_ > 0.0 ? at::dropout(x, dropout_, true) : x;
}

}  // namespace geod::models
