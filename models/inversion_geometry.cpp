#include "models/inversion_geometry.hpp"

#include <cmath>

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "models/inversion_layers.hpp"
#include "models/json_object.hpp"

namespace geod::models {
namespace {

using nlohmann::json;

constexpr std::int64_t kMaxLayerWeights = std::int64_t{1} << 28;
constexpr std::array kScalings{
    LoraScaling::kAlphaOverR, LoraScaling::kAlpha, LoraScaling::kAlphaOverSqrtR};
constexpr std::array kPolicies{
    BatchNormPolicy::kFrozen, BatchNormPolicy::kBatchStats, BatchNormPolicy::kAffine};

/// The value of that name, or kUnsupported listing the names.
template <typename Value, std::size_t N>
Result<Value> parse_among(std::string_view what,
                          const std::array<Value, N>& values,
                          std::string_view text) {
  std::array<std::string_view, N> names;
  for (std::size_t i = 0; i < N; ++i) {
    names[i] = to_string(values[i]);
    if (text == names[i]) {
      return values[i];
    }
  }
  return fail(Errc::kUnsupported, "{} '{}': known are {}", what, text, fmt::join(names, ", "));
}

Result<void> check_dimensions(const InversionGeometry& g) {
  struct Field {
    const char* name;
    std::int64_t value;
    std::int64_t high;
  };
  // Far above OpenFWI's, and small enough for any product of them.
  for (const Field& field : {Field{"sources", g.sources, 256},
                             Field{"times", g.times, 16384},
                             Field{"receivers", g.receivers, 1024},
                             Field{"depths", g.depths, kDecoderSide},
                             Field{"offsets", g.offsets, kDecoderSide},
                             Field{"width", g.width, 256},
                             Field{"lora_rank", g.lora_rank, 4096},
                             Field{"bottleneck", g.bottleneck, 4096}}) {
    if (field.value < 1 || field.value > field.high) {
      return fail(Errc::kModelMismatch,
                  "geometry: {} is {}, allowed 1 to {}",
                  field.name,
                  field.value,
                  field.high);
    }
  }
  return {};
}

/// The convolution over all that is left of a shot grows with every dimension at once.
Result<void> check_weights(const InversionGeometry& g) {
  for (const InversionLayer& layer : inversion_layers(g)) {
    const std::int64_t weights = layer.in * layer.out * layer.kernel[0] * layer.kernel[1];
    if (weights > kMaxLayerWeights) {
      return fail(Errc::kModelMismatch,
                  "geometry: {} has {} weights, allowed {}: fewer times, receivers or channels",
                  layer.name,
                  weights,
                  kMaxLayerWeights);
    }
  }
  return {};
}

void read_numbers(ObjectReader& reader, InversionGeometry& g) {
  reader.integer("sources", g.sources);
  reader.integer("times", g.times);
  reader.integer("receivers", g.receivers);
  reader.integer("depths", g.depths);
  reader.integer("offsets", g.offsets);
  reader.integer("width", g.width);
  reader.integer("lora_rank", g.lora_rank);
  reader.number("lora_alpha", g.lora_alpha);
  reader.number("lora_dropout", g.lora_dropout);
  reader.integer("bottleneck", g.bottleneck);
}

/// Reads a name where there is one; a fault of the reader otherwise.
template <typename Value>
void read_name(ObjectReader& reader,
               const char* key,
               Result<Value> (*parse)(std::string_view),
               Value& value) {
  std::string text(to_string(value));
  reader.text(key, text);
  if (const auto parsed = parse(text)) {
    value = *parsed;
  } else {
    reader.fault(parsed.error().what);
  }
}

}  // namespace

std::string_view to_string(InversionTuning tuning) {
  switch (tuning) {
    case InversionTuning::kNone:
      return "none";
    case InversionTuning::kLora:
      return "lora";
    case InversionTuning::kSsf:
      return "ssf";
    case InversionTuning::kAdaptFormer:
      return "adaptformer";
    case InversionTuning::kBitFit:
      return "bitfit";
    case InversionTuning::kNorms:
      return "norms";
    case InversionTuning::kPrompt:
      return "prompt";
  }
  return "unknown";
}

std::string_view to_string(LoraScaling scaling) {
  switch (scaling) {
    case LoraScaling::kAlphaOverR:
      return "alpha_over_r";
    case LoraScaling::kAlpha:
      return "alpha";
    case LoraScaling::kAlphaOverSqrtR:
      return "alpha_over_sqrt_r";
  }
  return "unknown";
}

std::string_view to_string(BatchNormPolicy policy) {
  switch (policy) {
    case BatchNormPolicy::kFrozen:
      return "frozen";
    case BatchNormPolicy::kBatchStats:
      return "batch_stats";
    case BatchNormPolicy::kAffine:
      return "affine";
  }
  return "unknown";
}

Result<InversionTuning> parse_inversion_tuning(std::string_view text) {
  return parse_among("tuning", kAllInversionTunings, text);
}

Result<LoraScaling> parse_lora_scaling(std::string_view text) {
  return parse_among("scaling of LoRA", kScalings, text);
}

Result<BatchNormPolicy> parse_batch_norm_policy(std::string_view text) {
  return parse_among("policy of the BatchNorms", kPolicies, text);
}

double InversionGeometry::lora_scale() const {
  const auto rank = static_cast<double>(lora_rank);
  switch (lora_scaling) {
    case LoraScaling::kAlphaOverR:
      return lora_alpha / rank;
    case LoraScaling::kAlphaOverSqrtR:
      return lora_alpha / std::sqrt(rank);
    case LoraScaling::kAlpha:
      break;
  }
  return lora_alpha;
}

Result<void> InversionGeometry::validate() const {
  if (auto ok = check_dimensions(*this); !ok) {
    return ok;
  }
  if (auto ok = check_weights(*this); !ok) {
    return ok;
  }
  if (!(lora_alpha > 0.0 && lora_alpha < 1e6)) {
    return fail(Errc::kModelMismatch, "geometry: lora_alpha is {}, allowed (0, 1e6)", lora_alpha);
  }
  if (!(lora_dropout >= 0.0 && lora_dropout < 1.0)) {
    return fail(Errc::kModelMismatch, "geometry: lora_dropout is {}, allowed [0, 1)", lora_dropout);
  }
  if (tuning == InversionTuning::kNorms && bn_policy == BatchNormPolicy::kAffine) {
    return fail(Errc::kModelMismatch,
                "geometry: tuning 'norms' trains scale and shift of the norms by itself: bn_policy "
                "is 'frozen' or 'batch_stats', not 'affine'");
  }
  return {};
}

Result<InversionGeometry> named_inversion(std::string_view name) {
  if (name != "inversionnet") {
    return fail(Errc::kNotFound, "geometry '{}': known is inversionnet", name);
  }
  return InversionGeometry{};
}

std::string geometry_to_json(const InversionGeometry& g) {
  return nlohmann::ordered_json{{"sources", g.sources},
                                {"times", g.times},
                                {"receivers", g.receivers},
                                {"depths", g.depths},
                                {"offsets", g.offsets},
                                {"width", g.width},
                                {"tuning", to_string(g.tuning)},
                                {"lora_rank", g.lora_rank},
                                {"lora_alpha", g.lora_alpha},
                                {"lora_scaling", to_string(g.lora_scaling)},
                                {"lora_dropout", g.lora_dropout},
                                {"bottleneck", g.bottleneck},
                                {"bn_policy", to_string(g.bn_policy)}}
      .dump();
}

Result<InversionGeometry> inversion_from_json(std::string_view text) {
  json object;
  if (!parse_json_object(text, object)) {
    return fail(Errc::kModelMismatch, "geometry: is no JSON object, or repeats a key");
  }
  InversionGeometry geometry;
  ObjectReader reader(object, "geometry: ");
  read_numbers(reader, geometry);
  read_name(reader, "tuning", &parse_inversion_tuning, geometry.tuning);
  read_name(reader, "lora_scaling", &parse_lora_scaling, geometry.lora_scaling);
  read_name(reader, "bn_policy", &parse_batch_norm_policy, geometry.bn_policy);
  if (auto ok = reader.finish(); !ok) {
    return tl::unexpected(ok.error());
  }
  if (auto ok = geometry.validate(); !ok) {
    return tl::unexpected(ok.error());
  }
  return geometry;
}

}  // namespace geod::models
