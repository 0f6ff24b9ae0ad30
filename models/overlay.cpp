#include "models/overlay.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/ranges.h>

#include "models/tensor_specs.hpp"

namespace geod::models {
namespace {

/// What an adapter may change of its base's geometry, made equal.
SeisMollmGeometry without_lora(SeisMollmGeometry geometry) {
  const SeisMollmGeometry defaults;
  geometry.lora_rank = 0;
  geometry.lora_alpha = defaults.lora_alpha;
  geometry.lora_dropout = defaults.lora_dropout;
  geometry.dropout = defaults.dropout;
  return geometry;
}

Result<void> check_tensor(const TensorSpec& spec, const HostTensor& tensor) {
  if (tensor.shape != spec.shape) {
    return fail(Errc::kModelMismatch,
                "tensor '{}' has shape [{}], the network needs [{}]",
                spec.name,
                fmt::join(tensor.shape, ", "),
                fmt::join(spec.shape, ", "));
  }
  if (static_cast<std::int64_t>(tensor.values.size()) != spec.elements()) {
    return fail(Errc::kModelMismatch, "tensor '{}' does not fill its shape", spec.name);
  }
  if (!std::all_of(tensor.values.begin(), tensor.values.end(), [](float value) {
        return std::isfinite(value);
      })) {
    return fail(Errc::kModelMismatch, "tensor '{}' holds a value that is not finite", spec.name);
  }
  return {};
}

/// The LoRA pairs are all the adapter's, or all the base's at the same scale: a mixture would put
/// the base's matrices at the adapter's scale.
Result<void> check_lora(const Manifest& base,
                        const NetworkOverlay& overlay,
                        const std::vector<TensorSpec>& specs) {
  const SeisMollmGeometry& ours = base.geometry;
  const SeisMollmGeometry& wanted = overlay.manifest.geometry;
  std::size_t expected = 0;
  std::size_t given = 0;
  for (const TensorSpec& spec : specs) {
    if (spec.part == Part::kLora) {
      ++expected;
      given += overlay.tensors.contains(spec.name) ? 1U : 0U;
    }
  }
  if (given == expected && (expected > 0 || ours.lora_rank == 0)) {
    return {};
  }
  if (given == 0 && wanted.lora_rank == ours.lora_rank && wanted.lora_alpha == ours.lora_alpha) {
    return {};
  }
  return fail(Errc::kModelMismatch,
              "{} of {} LoRA matrices for rank {} and alpha {}, over a base of rank {} and alpha "
              "{}: needs all of them, or none and the base's rank and alpha",
              given,
              expected,
              wanted.lora_rank,
              wanted.lora_alpha,
              ours.lora_rank,
              ours.lora_alpha);
}

Result<void> check_golden(const GoldenCase& golden, const Manifest& manifest) {
  const OutputShape output = output_shape(manifest.geometry, manifest.task);
  const auto window = static_cast<std::size_t>(manifest.geometry.in_channels) *
                      static_cast<std::size_t>(manifest.geometry.window_samples);
  const auto finite = [](float value) { return std::isfinite(value); };
  if (golden.input.size() != window || golden.output.size() != output.classes * output.samples ||
      !std::all_of(golden.input.begin(), golden.input.end(), finite) ||
      !std::all_of(golden.output.begin(), golden.output.end(), finite)) {
    return fail(Errc::kModelMismatch,
                "golden: needs {} finite values of input and {} of output",
                window,
                output.classes * output.samples);
  }
  if (!(golden.tolerance > 0.0 && golden.tolerance <= kMaxGoldenTolerance)) {
    return fail(Errc::kModelMismatch,
                "golden: tolerance is {}, allowed (0, {}]",
                golden.tolerance,
                kMaxGoldenTolerance);
  }
  return {};
}

}  // namespace

Result<void> check_base(const Manifest& base, const Manifest& wanted) {
  if (base.family != kNetworkFamily || wanted.family != kNetworkFamily) {
    return fail(Errc::kModelMismatch,
                "family {} over a base of family {}: both must be {}",
                wanted.family,
                base.family,
                kNetworkFamily);
  }
  if (wanted.weights_sha256 != base.weights_sha256) {
    return fail(Errc::kModelMismatch,
                "made for the base with SHA-256 {:.12}, this base is {} with {:.12}; train it on "
                "this base or serve the other one",
                wanted.weights_sha256,
                base.model_id(),
                base.weights_sha256);
  }
  if (without_lora(wanted.geometry) != without_lora(base.geometry) ||
      wanted.normalisation != base.normalisation) {
    return fail(Errc::kModelMismatch,
                "geometry or normalisation differ from those of the base {} (only LoRA and "
                "dropouts may)",
                base.model_id());
  }
  return validate_for(wanted.geometry, wanted.task);
}

Result<void> check_overlay(const Manifest& base, const NetworkOverlay& overlay) {
  const Manifest& wanted = overlay.manifest;
  if (auto ok = check_base(base, wanted); !ok) {
    return ok;
  }
  const auto specs = tensor_specs(wanted.geometry, wanted.task);
  if (auto ok = check_lora(base, overlay, specs); !ok) {
    return ok;
  }
  std::size_t used = 0;
  for (const TensorSpec& spec : specs) {
    const auto it = overlay.tensors.find(spec.name);
    if (it != overlay.tensors.end()) {
      if (auto ok = check_tensor(spec, it->second); !ok) {
        return ok;
      }
      ++used;
    } else if (spec.part == Part::kHead && wanted.task != base.task) {
      // Heads of two tasks may have the same names and shapes.
      return fail(Errc::kModelMismatch,
                  "tensor '{}' is missing: the base's head is of task {}, not {}",
                  spec.name,
                  to_string(base.task),
                  to_string(wanted.task));
    }
  }
  if (used != overlay.tensors.size()) {
    const auto stranger =
        std::find_if(overlay.tensors.begin(), overlay.tensors.end(), [&specs](const auto& entry) {
          return std::none_of(specs.begin(), specs.end(), [&entry](const TensorSpec& spec) {
            return spec.name == entry.first;
          });
        });
    return fail(Errc::kModelMismatch, "tensor '{}' is not part of this network", stranger->first);
  }
  return overlay.golden ? check_golden(*overlay.golden, wanted) : Result<void>{};
}

}  // namespace geod::models
