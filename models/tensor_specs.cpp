#include "models/tensor_specs.hpp"

#include <cmath>
#include <functional>
#include <numeric>

#include <fmt/format.h>

#include "models/inversion_specs.hpp"
#include "models/segmenter_specs.hpp"
#include "models/spec_list.hpp"

namespace geod::models {
namespace {

constexpr int kBranches = 4;

/// A linear layer of GPT-2 with its LoRA pair, if any.
void add_adapted(SpecList& list,
                 const std::string& prefix,
                 std::int64_t in,
                 std::int64_t out,
                 std::int64_t lora_rank) {
  list.trainable(lora_rank == 0);
  list.add(prefix + ".weight", {in, out});
  list.add(prefix + ".bias", {out});
  list.trainable(true);
  if (lora_rank > 0) {
    list.part(Part::kLora);
    list.add(prefix + ".lora_A.weight", {lora_rank, in});
    list.add(prefix + ".lora_B.weight", {out, lora_rank});
    list.part(Part::kTrunk);
  }
}

void add_embedder(const SeisMollmGeometry& g, SpecList& list) {
  list.part(Part::kEmbedder);
  std::int64_t in = g.in_channels;
  for (std::size_t i = 0; i < g.embed_channels.size(); ++i) {
    const std::int64_t out = g.embed_channels[i];
    for (int j = 0; j < kBranches; ++j) {
      const std::string branch = fmt::format("convs.{}.convs.{}", i, j);
      const std::int64_t kernel = g.kernel_base[i] + j * g.kernel_step[i];
      list.add(branch + ".in_proj.weight", {in, in, 1});
      list.add(branch + ".conv.weight", {out, in, kernel});
      list.add_batch_norm(branch + ".norm", out);
    }
    list.add(fmt::format("convs.{}.out_proj.weight", i), {out, kBranches * out, 1});
    list.add_batch_norm(fmt::format("convs.{}.norm", i), out);
    in = out;
  }
}

void add_trunk(const SeisMollmGeometry& g, SpecList& list) {
  list.part(Part::kTrunk);
  const std::int64_t width = g.d_model();
  list.add("gpt2.wpe.weight", {g.positions, width});
  for (std::int64_t m = 0; m < g.blocks; ++m) {
    const std::string block = fmt::format("gpt2.h.{}", m);
    list.add_layer_norm(block + ".ln_1", width);
    add_adapted(list, block + ".attn.c_attn", width, 3 * width, g.lora_rank);
    add_adapted(list, block + ".attn.c_proj", width, width, g.lora_rank);
    list.add_layer_norm(block + ".ln_2", width);
    add_adapted(list, block + ".mlp.c_fc", width, 4 * width, g.lora_rank);
    add_adapted(list, block + ".mlp.c_proj", 4 * width, width, g.lora_rank);
  }
  list.add_layer_norm("gpt2.ln_f", width);
}

void add_head(const SeisMollmGeometry& g, Task task, SpecList& list) {
  list.part(Part::kHead);
  const std::int64_t features = g.embed_channels[3];
  if (task == Task::kDpk) {
    const auto kernels = head_kernels(g);
    const auto channels = head_stage_channels(g);
    std::int64_t in = features;
    for (std::size_t i = 0; i < kernels.size(); ++i) {
      const std::string stage = fmt::format("out_head.up_layers.{}", i);
      list.add(stage + ".conv.weight", {channels[i], in, kernels[i]});
      list.add(stage + ".conv.bias", {channels[i]});
      list.add_batch_norm(stage + ".norm", channels[i]);
      in = channels[i];
    }
    list.add("out_head.out_conv.weight", {kPickChannels, in, kHeadOutputKernel});
    list.add("out_head.out_conv.bias", {kPickChannels});
    return;
  }
  for (int i = 0; i < 2; ++i) {
    list.add(fmt::format("out_head.convs.{}.weight", i), {features, features, kScalarKernel});
    list.add(fmt::format("out_head.convs.{}.bias", i), {features});
  }
  list.add("out_head.lin.weight", {scalar_outputs(task), features});
  list.add("out_head.lin.bias", {scalar_outputs(task)});
}

}  // namespace

std::string_view to_string(Part part) {
  switch (part) {
    case Part::kEmbedder:
      return "embedder";
    case Part::kTrunk:
      return "trunk";
    case Part::kLora:
      return "lora";
    case Part::kHead:
      return "head";
    case Part::kEncoder:
      return "encoder";
    case Part::kDecoder:
      return "decoder";
    case Part::kTuning:
      return "tuning";
  }
  return "unknown";
}

std::int64_t TensorSpec::elements() const {
  return std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
}

Result<void> validate_for(const SeisMollmGeometry& geometry, Task task) {
  if (auto ok = geometry.validate(); !ok) {
    return ok;
  }
  const std::int64_t columns = geometry.tokens() * geometry.patch;
  const std::int64_t shortest = kScalarKernel + kScalarStride * (kScalarKernel - 1);
  if (task != Task::kDpk && columns < shortest) {
    return fail(Errc::kModelMismatch,
                "geometry: {} feature columns, the head of task {} needs {} (a longer window)",
                columns,
                to_string(task),
                shortest);
  }
  return {};
}

std::vector<TensorSpec> tensor_specs(const SeisMollmGeometry& geometry, Task task) {
  SpecList list;
  add_embedder(geometry, list);
  add_trunk(geometry, list);
  add_head(geometry, task, list);
  return list.take();
}

std::vector<TensorSpec> trunk_specs(const SeisMollmGeometry& geometry) {
  SeisMollmGeometry plain = geometry;
  plain.lora_rank = 0;
  SpecList list;
  add_trunk(plain, list);
  return list.take();
}

std::vector<TensorSpec> tensor_specs(const Manifest& manifest) {
  if (manifest.family == kSegmenterFamily) {
    return segmenter_specs(manifest.segmenter);
  }
  if (manifest.family == kInversionFamily) {
    return inversion_specs(manifest.inversion);
  }
  if (manifest.family == kEncoderFamily) {
    return encoder_specs(manifest.segmenter);
  }
  return manifest.family == kTrunkFamily ? trunk_specs(manifest.geometry)
                                         : tensor_specs(manifest.geometry, manifest.task);
}

std::array<std::int64_t, 4> head_kernels(const SeisMollmGeometry& geometry) {
  const auto& base = geometry.kernel_base;
  return {base[3], base[2], base[1], base[0]};
}

std::array<std::int64_t, 4> head_stage_channels(const SeisMollmGeometry& geometry) {
  const auto& channels = geometry.head_channels;
  return {channels[0], channels[1], channels[2], 2 * kPickChannels};
}

std::array<std::int64_t, 4> head_sizes(const SeisMollmGeometry& geometry) {
  const auto features = static_cast<double>(geometry.tokens() * geometry.patch);
  const double factor = std::pow(static_cast<double>(geometry.window_samples) / features, 0.25);
  std::array<std::int64_t, 4> sizes{};
  sizes[3] = geometry.window_samples;
  for (std::size_t i = 3; i > 0; --i) {
    sizes[i - 1] = static_cast<std::int64_t>(static_cast<double>(sizes[i]) / factor);
  }
  return sizes;
}

std::int64_t scalar_outputs(Task task) {
  return task == Task::kPmp || task == Task::kBaz ? 2 : 1;
}

double output_range(Task task) {
  return task == Task::kEmg ? kMaxMagnitude : task == Task::kDis ? kMaxDistanceKm : 1.0;
}

OutputShape output_shape(const SeisMollmGeometry& geometry, Task task) {
  if (task == Task::kDpk) {
    return {static_cast<std::size_t>(kPickChannels - 1),
            static_cast<std::size_t>(geometry.window_samples)};
  }
  return {static_cast<std::size_t>(scalar_outputs(task)), 1};
}

Padding auto_padding(std::int64_t length, std::int64_t kernel, std::int64_t stride) {
  const std::int64_t total = (stride - length % stride) % stride + kernel - stride;
  return {total / 2, total - total / 2};
}

}  // namespace geod::models
