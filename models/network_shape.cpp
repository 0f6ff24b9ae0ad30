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

/// A U-Net takes nothing from an encoder, and a U-Net has none to give.
bool has_same_encoder(const SegmenterGeometry& base, const SegmenterGeometry& wanted) {
  return !wanted.has_encoder() || (base.has_encoder() && body_of(base) == body_of(wanted));
}

/// The same for shots: the network without what is laid on it.
InversionGeometry body_of(const InversionGeometry& geometry) {
  InversionGeometry body;
  body.sources = geometry.sources;
  body.times = geometry.times;
  body.receivers = geometry.receivers;
  body.depths = geometry.depths;
  body.offsets = geometry.offsets;
  body.width = geometry.width;
  return body;
}

/// In the words of alpha / rank, whatever rule the geometry has.
LoraSettings lora_of(const InversionGeometry& geometry) {
  if (geometry.tuning != InversionTuning::kLora) {
    return {};
  }
  return {geometry.lora_rank,
          geometry.lora_scale() * static_cast<double>(geometry.lora_rank),
          geometry.lora_dropout};
}

Result<void> validate_segmenter(const Manifest& manifest) {
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

}  // namespace

std::string_view to_string(InputKind input) {
  switch (input) {
    case InputKind::kSeismograms:
      return "seismograms";
    case InputKind::kImages:
      return "images";
    case InputKind::kShots:
      return "shots";
  }
  return "unknown";
}

std::string_view golden_word(InputKind input) {
  switch (input) {
    case InputKind::kSeismograms:
      return "window";
    case InputKind::kImages:
      return "image";
    case InputKind::kShots:
      return "shots";
  }
  return "unknown";
}

const char* family_for(InputKind input) {
  switch (input) {
    case InputKind::kImages:
      return kSegmenterFamily;
    case InputKind::kShots:
      return kInversionFamily;
    case InputKind::kSeismograms:
      break;
  }
  return kNetworkFamily;
}

std::string geometry_text(const Manifest& manifest) {
  switch (manifest.input()) {
    case InputKind::kImages:
      return geometry_to_json(manifest.segmenter);
    case InputKind::kShots:
      return geometry_to_json(manifest.inversion);
    case InputKind::kSeismograms:
      break;
  }
  return geometry_to_json(manifest.geometry);
}

Result<void> check_task(const Manifest& manifest) {
  const InputKind input = input_of(manifest.task);
  if (input == manifest.input()) {
    return {};
  }
  return fail(Errc::kModelMismatch,
              "task {} for a network of family {}: it needs one of {}",
              to_string(manifest.task),
              manifest.family,
              family_for(input));
}

Result<void> validate_network(const Manifest& manifest) {
  if (auto ok = check_task(manifest); !ok) {
    return ok;
  }
  switch (manifest.input()) {
    case InputKind::kImages:
      return validate_segmenter(manifest);
    case InputKind::kShots:
      return manifest.inversion.validate();
    case InputKind::kSeismograms:
      break;
  }
  return validate_for(manifest.geometry, manifest.task);
}

LoraSettings lora_of(const Manifest& manifest) {
  const auto of = [](const auto& geometry) {
    return LoraSettings{geometry.lora_rank, geometry.lora_alpha, geometry.lora_dropout};
  };
  switch (manifest.input()) {
    case InputKind::kImages:
      return of(manifest.segmenter);
    case InputKind::kShots:
      return lora_of(manifest.inversion);
    case InputKind::kSeismograms:
      break;
  }
  return of(manifest.geometry);
}

void set_lora(const LoraSettings& lora, Manifest& manifest) {
  const auto set = [&lora](auto& geometry) {
    geometry.lora_rank = lora.rank;
    geometry.lora_alpha = lora.alpha;
    geometry.lora_dropout = lora.dropout;
  };
  switch (manifest.input()) {
    case InputKind::kImages:
      return set(manifest.segmenter);
    case InputKind::kShots:
      manifest.inversion.tuning = lora.rank > 0 ? InversionTuning::kLora : InversionTuning::kNone;
      manifest.inversion.lora_scaling = LoraScaling::kAlphaOverR;
      return set(manifest.inversion);
    case InputKind::kSeismograms:
      break;
  }
  set(manifest.geometry);
}

bool is_network(const Manifest& manifest) {
  return manifest.family == kNetworkFamily || manifest.family == kSegmenterFamily ||
         manifest.family == kInversionFamily;
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
  switch (wanted.input()) {
    case InputKind::kImages:
      return has_same_encoder(base.segmenter, wanted.segmenter);
    case InputKind::kShots:
      return body_of(base.inversion) == body_of(wanted.inversion);
    case InputKind::kSeismograms:
      break;
  }
  return body_of(base.geometry) == body_of(wanted.geometry);
}

bool has_same_head(const Manifest& base, const Manifest& wanted) {
  if (!wanted.is_of_images()) {  // the decoder of InversionNet is a part of the base
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
  if (manifest.input() == InputKind::kShots) {
    return {0, golden_grid_size(1, manifest.inversion.depths, manifest.inversion.offsets)};
  }
  const OutputShape output = output_shape(manifest.geometry, manifest.task);
  return {static_cast<std::size_t>(manifest.geometry.in_channels) *
              static_cast<std::size_t>(manifest.geometry.window_samples),
          output.classes * output.samples};
}

}  // namespace geod::models
