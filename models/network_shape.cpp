#include "models/network_shape.hpp"

#include "models/golden_image.hpp"
#include "models/tensor_specs.hpp"

namespace geod::models {
namespace {

/// What an adapter may change of its base's geometry, made equal.
SeisMollmGeometry body_of(SeisMollmGeometry geometry) {
  const SeisMollmGeometry defaults;
  geometry.lora_rank = 0;
  geometry.lora_alpha = defaults.lora_alpha;
  geometry.lora_dropout = defaults.lora_dropout;
  geometry.dropout = defaults.dropout;
  return geometry;
}

/// The same for images: what is left is the encoder, which sees any size.
SegmenterGeometry body_of(const SegmenterGeometry& geometry) {
  SegmenterGeometry body;
  body.width = geometry.width;
  body.blocks = geometry.blocks;
  body.heads = geometry.heads;
  body.registers = geometry.registers;
  body.patch = geometry.patch;
  body.mlp_ratio = geometry.mlp_ratio;
  body.position_grid = geometry.position_grid;
  body.position_rule = geometry.position_rule;
  return body;
}

}  // namespace

std::string geometry_text(const Manifest& manifest) {
  return manifest.is_of_images() ? geometry_to_json(manifest.segmenter)
                                 : geometry_to_json(manifest.geometry);
}

Result<void> check_task(const Manifest& manifest) {
  if (is_image_task(manifest.task) == manifest.is_of_images()) {
    return {};
  }
  return fail(Errc::kModelMismatch,
              "task {} for a network of family {}: it needs one of {}",
              to_string(manifest.task),
              manifest.family,
              manifest.is_of_images() ? kNetworkFamily : kSegmenterFamily);
}

Result<void> validate_network(const Manifest& manifest) {
  if (auto ok = check_task(manifest); !ok) {
    return ok;
  }
  if (!manifest.is_of_images()) {
    return validate_for(manifest.geometry, manifest.task);
  }
  if (auto ok = manifest.segmenter.validate(); !ok) {
    return ok;
  }
  const bool has_decoder = manifest.segmenter.decoder != SegmentDecoder::kNone;
  if (has_decoder != (manifest.family == kSegmenterFamily)) {
    return fail(Errc::kModelMismatch,
                "geometry: decoder '{}' for a network of family {}",
                to_string(manifest.segmenter.decoder),
                manifest.family);
  }
  return {};
}

LoraSettings lora_of(const Manifest& manifest) {
  if (manifest.is_of_images()) {
    const SegmenterGeometry& g = manifest.segmenter;
    return {g.lora_rank, g.lora_alpha, g.lora_dropout};
  }
  const SeisMollmGeometry& g = manifest.geometry;
  return {g.lora_rank, g.lora_alpha, g.lora_dropout};
}

void set_lora(const LoraSettings& lora, Manifest& manifest) {
  const auto set = [&lora](auto& geometry) {
    geometry.lora_rank = lora.rank;
    geometry.lora_alpha = lora.alpha;
    geometry.lora_dropout = lora.dropout;
  };
  manifest.is_of_images() ? set(manifest.segmenter) : set(manifest.geometry);
}

bool is_network(const Manifest& manifest) {
  return manifest.family == kNetworkFamily || manifest.family == kSegmenterFamily;
}

bool is_base_for(const Manifest& base, const Manifest& wanted) {
  return is_network(wanted) &&
         (base.family == wanted.family ||
          (base.family == kEncoderFamily && wanted.family == kSegmenterFamily));
}

bool has_same_body(const Manifest& base, const Manifest& wanted) {
  if (base.normalisation != wanted.normalisation) {
    return false;
  }
  if (!wanted.is_of_images()) {
    return body_of(base.geometry) == body_of(wanted.geometry);
  }
  // A U-Net takes nothing from an encoder, and a U-Net has none to give.
  return !wanted.segmenter.has_encoder() ||
         (base.segmenter.has_encoder() && body_of(base.segmenter) == body_of(wanted.segmenter));
}

bool has_same_head(const Manifest& base, const Manifest& wanted) {
  if (!wanted.is_of_images()) {
    return base.task == wanted.task;
  }
  const SegmenterGeometry& ours = base.segmenter;
  const SegmenterGeometry& theirs = wanted.segmenter;
  return base.task == wanted.task && base.family == kSegmenterFamily &&
         ours.decoder == theirs.decoder && ours.decoder_width == theirs.decoder_width &&
         ours.classes == theirs.classes && ours.taps == theirs.taps;
}

GoldenSizes golden_sizes(const Manifest& manifest) {
  if (manifest.is_of_images()) {
    const SegmenterGeometry& g = manifest.segmenter;
    return {0, golden_grid_size(g.classes, g.rows, g.columns)};
  }
  const OutputShape output = output_shape(manifest.geometry, manifest.task);
  return {static_cast<std::size_t>(manifest.geometry.in_channels) *
              static_cast<std::size_t>(manifest.geometry.window_samples),
          output.classes * output.samples};
}

}  // namespace geod::models
