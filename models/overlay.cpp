#include "models/overlay.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/ranges.h>

#include "models/network_shape.hpp"
#include "models/tensor_specs.hpp"

namespace geod::models {
namespace {

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

bool is_head(Part part) {
  return part == Part::kHead || part == Part::kDecoder;
}

/// The LoRA pairs are all the adapter's, or all the base's at the same scale: a mixture would put
/// the base's matrices at the adapter's scale.
Result<void> check_lora(const Manifest& base,
                        const NetworkOverlay& overlay,
                        const std::vector<TensorSpec>& specs) {
  const LoraSettings ours = lora_of(base);
  const LoraSettings wanted = lora_of(overlay.manifest);
  std::size_t expected = 0;
  std::size_t given = 0;
  for (const TensorSpec& spec : specs) {
    if (spec.part == Part::kLora) {
      ++expected;
      given += overlay.tensors.contains(spec.name) ? 1U : 0U;
    }
  }
  if (given == expected && (expected > 0 || ours.rank == 0)) {
    return {};
  }
  if (given == 0 && wanted.rank == ours.rank && wanted.alpha == ours.alpha) {
    return {};
  }
  return fail(Errc::kModelMismatch,
              "{} of {} LoRA matrices for rank {} and alpha {}, over a base of rank {} and alpha "
              "{}: needs all of them, or none and the base's rank and alpha",
              given,
              expected,
              wanted.rank,
              wanted.alpha,
              ours.rank,
              ours.alpha);
}

/// What a bundle must bring because no base has it: what is laid on a network, and the statistics
/// that moved in its training.
bool must_be_laid_on(const Manifest& base, const Manifest& wanted, const TensorSpec& spec) {
  if (wanted.input() != InputKind::kShots) {
    return false;
  }
  const InversionGeometry& ours = base.inversion;
  const InversionGeometry& theirs = wanted.inversion;
  const bool is_own = ours.tuning == theirs.tuning && ours.bottleneck == theirs.bottleneck &&
                      ours.trains_by_batch() == theirs.trains_by_batch();
  return !is_own && (spec.part == Part::kTuning || (spec.is_buffer && theirs.trains_by_batch() &&
                                                    theirs.tuning != InversionTuning::kNone));
}

Result<void> check_golden(const GoldenCase& golden, const Manifest& manifest) {
  const GoldenSizes sizes = golden_sizes(manifest);
  const auto finite = [](float value) { return std::isfinite(value); };
  if (golden.input.size() != sizes.input || golden.output.size() != sizes.output ||
      !std::all_of(golden.input.begin(), golden.input.end(), finite) ||
      !std::all_of(golden.output.begin(), golden.output.end(), finite)) {
    return fail(Errc::kModelMismatch,
                "golden: needs {} finite values of input and {} of output",
                sizes.input,
                sizes.output);
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
  if (!is_base_for(base, wanted)) {
    return fail(Errc::kModelMismatch,
                "a network of family {} cannot be made out of a base of family {}: name the base "
                "that it was trained on",
                wanted.family,
                base.family);
  }
  if (wanted.weights_sha256 != base.weights_sha256) {
    return fail(Errc::kModelMismatch,
                "made for the base with SHA-256 {:.12}, this base is {} with {:.12}; train it on "
                "this base or serve the other one",
                wanted.weights_sha256,
                base.model_id(),
                base.weights_sha256);
  }
  if (!has_same_body(base, wanted)) {
    return fail(Errc::kModelMismatch,
                "geometry or normalisation differ from those of the base {} (only LoRA, dropouts "
                "and, for images, decoder, classes and size may)",
                base.model_id());
  }
  return validate_network(wanted);
}

Result<void> check_overlay(const Manifest& base, const NetworkOverlay& overlay) {
  const Manifest& wanted = overlay.manifest;
  if (auto ok = check_base(base, wanted); !ok) {
    return ok;
  }
  const auto specs = tensor_specs(wanted);
  const bool has_head = has_same_head(base, wanted);
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
    } else if (must_be_laid_on(base, wanted, spec)) {
      return fail(Errc::kModelMismatch,
                  "tensor '{}' is missing: tuning {} with norms {} brings it",
                  spec.name,
                  to_string(wanted.inversion.tuning),
                  to_string(wanted.inversion.bn_policy));
    } else if (is_head(spec.part) && !has_head) {
      // Heads of two tasks may have the same names and shapes.
      return fail(Errc::kModelMismatch,
                  "tensor '{}' is missing: the base {} has no such head for task {}",
                  spec.name,
                  base.model_id(),
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
