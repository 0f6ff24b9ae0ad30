#include "models/segmenter_specs.hpp"

#include <fmt/format.h>

#include "models/spec_list.hpp"

namespace geod::models {
namespace {

constexpr std::int64_t kImageChannels = 3;
/// Channels of DPT between its last two convolutions, as published.
constexpr std::int64_t kDptOutputChannels = 32;

void add_convolution(SpecList& list,
                     const std::string& prefix,
                     std::int64_t in,
                     std::int64_t out,
                     std::int64_t kernel,
                     bool has_bias = true) {
  list.add(prefix + ".weight", {out, in, kernel, kernel});
  if (has_bias) {
    list.add(prefix + ".bias", {out});
  }
}

/// Convolution, BatchNorm, ReLU, twice: the modules 0, 1, 3 and 4 of a sequence.
void add_double_convolution(SpecList& list,
                            const std::string& prefix,
                            std::int64_t in,
                            std::int64_t middle,
                            std::int64_t out,
                            bool has_bias) {
  add_convolution(list, prefix + ".0", in, middle, 3, has_bias);
  list.add_batch_norm(prefix + ".1", middle);
  add_convolution(list, prefix + ".3", middle, out, 3, has_bias);
  list.add_batch_norm(prefix + ".4", out);
}

/// The block of PUP and MLA.
void add_block(SpecList& list, const std::string& prefix, std::int64_t in, std::int64_t out) {
  add_double_convolution(list, prefix, in, out, out, /*has_bias=*/true);
}

void add_linear(SpecList& list, const std::string& prefix, std::int64_t in, std::int64_t out) {
  list.add(prefix + ".weight", {out, in});
  list.add(prefix + ".bias", {out});
}

/// A linear layer of the attention with its LoRA pair, if any.
void add_adapted(SpecList& list,
                 const std::string& prefix,
                 std::int64_t in,
                 std::int64_t out,
                 std::int64_t lora_rank,
                 bool is_reached) {
  add_linear(list, prefix, in, out);
  if (lora_rank > 0) {
    list.part(Part::kLora);
    list.trainable(is_reached);
    list.add(prefix + ".lora_A.weight", {lora_rank, in});
    list.add(prefix + ".lora_B.weight", {out, lora_rank});
    list.part(Part::kEncoder);
    list.trainable(false);
  }
}

/// @param is_reached  a tap comes after the block.
void add_encoder_block(SpecList& list,
                       const SegmenterGeometry& g,
                       const std::string& prefix,
                       bool is_reached) {
  list.trainable(is_reached && g.lora_rank == 0);
  list.add_layer_norm(prefix + ".norm1", g.width);
  add_adapted(list, prefix + ".attn.qkv", g.width, 3 * g.width, g.lora_rank, is_reached);
  add_adapted(list, prefix + ".attn.proj", g.width, g.width, g.lora_rank, is_reached);
  list.add(prefix + ".ls1.gamma", {g.width});
  list.add_layer_norm(prefix + ".norm2", g.width);
  add_linear(list, prefix + ".mlp.fc1", g.width, g.mlp_ratio * g.width);
  add_linear(list, prefix + ".mlp.fc2", g.mlp_ratio * g.width, g.width);
  list.add(prefix + ".ls2.gamma", {g.width});
}

void add_encoder(SpecList& list, const SegmenterGeometry& g) {
  const bool is_trainable = g.lora_rank == 0;
  list.part(Part::kEncoder);
  list.trainable(is_trainable);
  list.add("encoder.cls_token", {1, 1, g.width});
  list.add("encoder.pos_embed", {1, 1 + g.position_grid * g.position_grid, g.width});
  if (g.registers > 0) {
    list.add("encoder.register_tokens", {1, g.registers, g.width});
  }
  list.trainable(false);
  list.add("encoder.mask_token", {1, g.width});
  list.trainable(is_trainable);
  add_convolution(list, "encoder.patch_embed.proj", kImageChannels, g.width, g.patch);
  for (std::int64_t i = 0; i < g.blocks; ++i) {
    add_encoder_block(list, g, fmt::format("encoder.blocks.{}", i), i < g.taps.back());
  }
  list.trainable(is_trainable);
  list.add_layer_norm("encoder.norm", g.width);
}

void add_pup(SpecList& list, const SegmenterGeometry& g) {
  const std::int64_t channels = g.width / 4;
  const std::string net = "decoder.decode_net.";
  add_block(list, net + "0", g.width, channels);
  for (const char* index : {"2", "4", "6"}) {
    add_block(list, net + index, channels, channels);
  }
  add_convolution(list, net + "8", channels, g.classes, 1);
}

void add_mla(SpecList& list, const SegmenterGeometry& g) {
  const std::int64_t half = g.width / 2;
  const std::int64_t quarter = g.width / 4;
  for (int k = 1; k <= 4; ++k) {
    const std::string net = fmt::format("decoder.net{}", k);
    add_block(list, net + "_in.layer_1", g.width, half);
    list.trainable(k != 1);  // the deepest tap's is never called
    add_block(list, net + "_intmd.layer_intmd", half, half);
    list.trainable(true);
    add_block(list, net + "_out.layer_2", half, half);
    add_block(list, net + "_out.layer_3", half, quarter);
    add_block(list, net + "_out.layer_4", quarter, quarter);
  }
  add_convolution(list, "decoder.output_net.conv_1", 4 * quarter, g.classes, 1);
}

void add_dpt(SpecList& list, const SegmenterGeometry& g) {
  const std::int64_t channels = g.decoder_width;
  const std::string scratch = "decoder.scratch.";
  for (int k = 1; k <= 4; ++k) {
    add_convolution(list, fmt::format("{}layer{}_rn", scratch, k), g.width, channels, 3, false);
  }
  for (int k = 1; k <= 4; ++k) {
    const std::string fusion = fmt::format("{}refinenet{}.", scratch, k);
    for (int unit = 1; unit <= 2; ++unit) {
      list.trainable(k != 4 || unit != 1);  // the deepest fusion has one input
      for (int i = 1; i <= 2; ++i) {
        const std::string prefix = fmt::format("{}resConfUnit{}.", fusion, unit);
        add_convolution(list, fmt::format("{}conv{}", prefix, i), channels, channels, 3, false);
        list.add_batch_norm(fmt::format("{}bn{}", prefix, i), channels);
      }
    }
    list.trainable(true);
    add_convolution(list, fusion + "out_conv", channels, channels, 1);
  }
  add_convolution(list, scratch + "single_conv", channels, channels / 2, 3);
  add_convolution(list, scratch + "output_conv.0", channels / 2, kDptOutputChannels, 3);
  add_convolution(list, scratch + "output_conv.2", kDptOutputChannels, g.classes, 1);
}

void add_unet(SpecList& list, const SegmenterGeometry& g) {
  const std::int64_t first = g.decoder_width;
  const auto add_stage =
      [&list](const std::string& prefix, std::int64_t in, std::int64_t middle, std::int64_t out) {
        add_double_convolution(list, prefix + ".double_conv", in, middle, out, /*has_bias=*/false);
      };
  add_stage("unet.inc", 1, first, first);
  for (int k = 1; k <= 4; ++k) {
    const std::int64_t in = first << (k - 1);
    const std::int64_t out = k == 4 ? in : 2 * in;
    add_stage(fmt::format("unet.down{}.maxpool_conv.1", k), in, out, out);
  }
  for (int k = 1; k <= 4; ++k) {
    const std::int64_t middle = first << (4 - k);  // half of what skip and upsampled hold together
    const std::int64_t out = k == 4 ? middle : middle / 2;
    add_stage(fmt::format("unet.up{}.conv", k), 2 * middle, middle, out);
  }
  add_convolution(list, "unet.outc.conv", first, g.classes, 1);
}

void add_decoder(SpecList& list, const SegmenterGeometry& g) {
  list.part(Part::kDecoder);
  list.trainable(true);
  switch (g.decoder) {
    case SegmentDecoder::kNone:
      return;
    case SegmentDecoder::kLinear:
      return add_convolution(list, "decoder", g.width, g.classes, 1);
    case SegmentDecoder::kPup:
      return add_pup(list, g);
    case SegmentDecoder::kMla:
      return add_mla(list, g);
    case SegmentDecoder::kDpt:
      return add_dpt(list, g);
    case SegmentDecoder::kUnet:
      return add_unet(list, g);
  }
}

}  // namespace

std::vector<TensorSpec> segmenter_specs(const SegmenterGeometry& geometry) {
  SpecList list;
  if (geometry.has_encoder()) {
    add_encoder(list, geometry);
  }
  add_decoder(list, geometry);
  return list.take();
}

std::vector<TensorSpec> encoder_specs(const SegmenterGeometry& geometry) {
  SegmenterGeometry plain = geometry;
  plain.lora_rank = 0;
  plain.decoder = SegmentDecoder::kNone;
  return segmenter_specs(plain);
}

}  // namespace geod::models
