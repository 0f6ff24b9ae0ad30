#include "models/torch_host.hpp"

#include <algorithm>
#include <string_view>

#include <c10/util/Exception.h>

#include "models/model_summary.hpp"
#include "models/network_shape.hpp"

namespace geod::models {

std::string one_line(const std::exception& error) {
  const auto* const torch_error = dynamic_cast<const c10::Error*>(&error);
  const std::string_view text =
      torch_error != nullptr ? torch_error->what_without_backtrace() : error.what();
  return std::string(text.substr(0, text.find('\n')));
}

Result<std::shared_ptr<const BaseWeights>> base_of(const EngineOptions& options,
                                                   std::shared_ptr<const BaseWeights> beside,
                                                   InputKind input) {
  if (options.max_batch == 0 || options.threads < 0) {
    return fail(Errc::kConfig, "max_batch must be at least 1 and threads at least 0");
  }
  auto manifest = load_manifest(options.model_directory);
  if (!manifest) {
    return tl::unexpected(manifest.error());
  }
  if (manifest->family == kTrunkFamily || manifest->input() != input) {
    return fail(Errc::kUnsupported,
                "{}: a model of family {}; an engine for {} needs one of {}",
                options.model_directory.string(),
                manifest->family,
                to_string(input),
                family_for(input));
  }
  if (beside == nullptr) {
    return load_base(options.model_directory, *manifest);
  }
  if (beside->manifest.weights_sha256 != manifest->weights_sha256) {
    return fail(Errc::kModelMismatch,
                "{}: is not the base {} of the engine that is open",
                options.model_directory.string(),
                beside->manifest.model_id());
  }
  return beside;
}

std::int64_t parameters_of(const TensorTable& tensors) {
  std::int64_t sum = 0;
  for (const PartCount& part : count_parameters(tensors.specs())) {
    sum += part.total;
  }
  return sum;
}

Result<void> check_golden_output(const NetworkOverlay& overlay,
                                 const std::vector<float>& output,
                                 double range,
                                 Precision precision) {
  const GoldenCase& golden = *overlay.golden;
  const double change = largest_change(output, golden.output) / range;
  const double allowed = precision == Precision::kFloat32
                             ? golden.tolerance
                             : std::max(golden.tolerance, kMaxScoreChange);
  if (!(change <= allowed)) {
    return fail(Errc::kModelMismatch,
                "{}: its golden {} gives outputs that differ by {:.2g} of their range, allowed "
                "is {:.2g}; this geod or device does not compute what was trained",
                overlay.manifest.model_id(),
                golden_word(overlay.manifest.input()),
                change,
                allowed);
  }
  return {};
}

}  // namespace geod::models
