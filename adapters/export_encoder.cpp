#include "adapters/export_encoder.hpp"

#include <array>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "core/error.hpp"

namespace geod::adapters {
namespace {

using models::FloatTensor;

constexpr std::string_view kEncoder = "encoder.";
constexpr std::string_view kBlocks = "blocks.";
constexpr std::string_view kQkv = "attn.qkv";

using Renaming = std::pair<std::string_view, std::string_view>;
/// Outside the blocks: canonical (without "encoder.") and transformers.
constexpr std::array<Renaming, 7> kOutside{
    Renaming{"cls_token", "embeddings.cls_token"},
    Renaming{"mask_token", "embeddings.mask_token"},
    Renaming{"register_tokens", "embeddings.register_tokens"},
    Renaming{"pos_embed", "embeddings.position_embeddings"},
    Renaming{"patch_embed.proj.", "embeddings.patch_embeddings.projection."},
    Renaming{"norm.", "layernorm."},
    Renaming{"blocks.", "encoder.layer."},
};
/// Within a block; what is not here has the same name in both.
constexpr std::array<Renaming, 3> kInside{Renaming{"attn.proj.", "attention.output.dense."},
                                          Renaming{"ls1.gamma", "layer_scale1.lambda1"},
                                          Renaming{"ls2.gamma", "layer_scale2.lambda1"}};
constexpr std::array<std::string_view, 3> kThirds{
    "attention.attention.query", "attention.attention.key", "attention.attention.value"};

/// `name` with its beginning exchanged; empty when no rule is for it.
template <std::size_t N>
std::string renamed(std::string_view name, const std::array<Renaming, N>& rules) {
  for (const auto& [from, to] : rules) {
    if (name.starts_with(from)) {
      return std::string(to).append(name.substr(from.size()));
    }
  }
  return {};
}

/// Query, key and value: thirds of the rows.
std::vector<FloatTensor> split_qkv(const FloatTensor& tensor,
                                   const std::string& layer,
                                   std::string_view suffix) {
  std::vector<FloatTensor> thirds;
  const std::size_t values = tensor.values.size() / kThirds.size();
  auto first = tensor.values.begin();
  for (const std::string_view third : kThirds) {
    FloatTensor part{std::string(layer).append(third).append(suffix), tensor.shape, {}};
    part.shape[0] /= static_cast<std::int64_t>(kThirds.size());
    part.values.assign(first, first + static_cast<std::ptrdiff_t>(values));
    first += static_cast<std::ptrdiff_t>(values);
    thirds.push_back(std::move(part));
  }
  return thirds;
}

}  // namespace

std::string dinov2_config(const models::Manifest& manifest) {
  const models::SegmenterGeometry& g = manifest.segmenter;
  const bool has_registers = g.registers > 0;
  nlohmann::json config = {
      {"_name_or_path", manifest.model_id()},
      {"architectures", {has_registers ? "Dinov2WithRegistersModel" : "Dinov2Model"}},
      {"attention_probs_dropout_prob", 0.0},
      {"drop_path_rate", 0.0},
      {"hidden_act", "gelu"},
      {"hidden_dropout_prob", 0.0},
      {"hidden_size", g.width},
      {"image_size", g.patch * g.position_grid},
      {"layer_norm_eps", 1e-6},
      {"layerscale_value", 1.0},
      {"mlp_ratio", g.mlp_ratio},
      {"model_type", has_registers ? "dinov2_with_registers" : "dinov2"},
      {"num_attention_heads", g.heads},
      {"num_channels", 3},
      {"num_hidden_layers", g.blocks},
      {"patch_size", g.patch},
      {"qkv_bias", true},
      {"torch_dtype", "float32"},
      {"use_swiglu_ffn", false}};
  if (has_registers) {
    config["num_register_tokens"] = g.registers;
  }
  return config.dump(2) + "\n";
}

std::vector<FloatTensor> to_dinov2(const FloatTensor& tensor) {
  std::string_view name = tensor.name;
  GEOD_CHECK(name.starts_with(kEncoder), tensor.name);
  name.remove_prefix(kEncoder.size());
  const std::string outside = renamed(name, kOutside);
  GEOD_CHECK(!outside.empty(), tensor.name);
  if (!name.starts_with(kBlocks)) {
    return {{outside, tensor.shape, tensor.values}};
  }
  // "blocks.0." and what follows
  const std::size_t rest_at = name.find('.', kBlocks.size()) + 1;
  const std::string_view rest = name.substr(rest_at);
  const std::string layer = outside.substr(0, outside.size() - rest.size());
  if (rest.starts_with(kQkv)) {
    return split_qkv(tensor, layer, rest.substr(kQkv.size()));
  }
  const std::string inside = renamed(rest, kInside);
  return {{layer + (inside.empty() ? std::string(rest) : inside), tensor.shape, tensor.values}};
}

}  // namespace geod::adapters
