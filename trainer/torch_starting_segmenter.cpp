#include "trainer/torch_starting_segmenter.hpp"

#include "models/torch_base.hpp"

namespace geod::trainer {
namespace {

Result<void> take_weights(const std::filesystem::path& folder, models::TorchSegmenter& network) {
  const auto manifest = models::load_manifest(folder);
  if (!manifest) {
    return tl::unexpected(manifest.error());
  }
  const std::vector<models::TensorSpec> held = models::tensor_specs(*manifest);
  const auto tensors = models::read_tensors(folder, *manifest, held, held);
  if (!tensors) {
    return tl::unexpected(tensors.error());
  }
  const models::SegmenterGeometry& wanted = network.geometry();
  const bool keeps_decoder = manifest->segmenter.decoder == wanted.decoder &&
                             manifest->segmenter.classes == wanted.classes &&
                             manifest->segmenter.decoder_width == wanted.decoder_width;
  for (const models::TensorSpec& spec : held) {
    if (spec.part == models::Part::kDecoder && !keeps_decoder) {
      continue;
    }
    if (auto assigned = network.tensors().assign(spec.name, tensors->at(spec.name)); !assigned) {
      return fail_with(assigned.error(), folder.string());
    }
  }
  return {};
}

}  // namespace

bool trains_in_images(const models::TensorSpec& spec, Method method) {
  if (spec.is_buffer) {
    return false;
  }
  switch (spec.part) {
    case models::Part::kDecoder:
      return spec.is_trainable;
    case models::Part::kLora:
      return method != Method::kHead;
    default:
      return (method == Method::kFull || method == Method::kScratch) &&
             spec.name != "encoder.mask_token";
  }
}

Result<std::unique_ptr<models::TorchSegmenter>> starting_segmenter(
    const TrainOptions& options, const models::SegmenterGeometry& geometry) {
  auto network = models::TorchSegmenter::make(geometry, options.seed);
  if (!network) {
    return network;
  }
  if (!options.init.empty()) {
    if (auto taken = take_weights(options.init, **network); !taken) {
      return tl::unexpected(taken.error());
    }
  }
  for (const models::TensorSpec& spec : (*network)->tensors().specs()) {
    (*network)->tensors().at(spec.name).set_requires_grad(
        trains_in_images(spec, method_of(options)));
  }
  return network;
}

}  // namespace geod::trainer
