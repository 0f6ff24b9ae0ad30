#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "models/manifest.hpp"

namespace geod::models {

/// What a manifest says of its network, whatever its family: those who carry, check and lay weights
/// over each other ask here and know no geometry. The tensors: tensor_specs(manifest).

/// "seismograms", "images", "shots".
std::string_view to_string(InputKind input);
/// What a golden case of such a network is: "window", "image", "shots".
std::string_view golden_word(InputKind input);
/// The family of whole networks that are given it.
const char* family_for(InputKind input);

/// "geometry" as JSON text.
std::string geometry_text(const Manifest& manifest);

/// Images for the families of images, shots for that of shots. kModelMismatch.
Result<void> check_task(const Manifest& manifest);
/// Whether geometry and task are possible together and for the family. kModelMismatch.
Result<void> validate_network(const Manifest& manifest);

struct LoraSettings {
  std::int64_t rank = 0;  ///< 0: none
  double alpha = 1.0;
  double dropout = 0.0;
  bool operator==(const LoraSettings&) const = default;
};
/// Alpha as its quotient by the rank gives the scale, whatever rule the geometry names.
LoraSettings lora_of(const Manifest& manifest);
void set_lora(const LoraSettings& lora, Manifest& manifest);

/// Families of whole networks, and for each whether a folder of `base` is one to lay it over.
bool is_network(const Manifest& manifest);
bool is_base_for(const Manifest& base, const Manifest& wanted);
/// Whether all that an adapter leaves as it is (all but LoRA, dropouts and the head) has the same
/// shape and meaning in both.
bool has_same_body(const Manifest& base, const Manifest& wanted);
/// Whether the head of `base` can serve in `wanted`: equal in shape, and for the same task.
bool has_same_head(const Manifest& base, const Manifest& wanted);

/// Values of a golden case; an image's input is not stored, see golden_image.hpp.
struct GoldenSizes {
  std::size_t input = 0;
  std::size_t output = 0;
};
GoldenSizes golden_sizes(const Manifest& manifest);

}  // namespace geod::models
