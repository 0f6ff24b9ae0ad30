#include <utility>

#include "adapters/write_bundle.hpp"
#include "trainer/result_export.hpp"

namespace geod::trainer {
namespace {

Result<std::filesystem::path> export_bundle(const RunResult& result,
                                            models::Manifest manifest,
                                            const InvertFunction& invert) {
  // Nothing of a base is whole in a bundle: what differs is what was trained.
  auto tensors = changed_tensors(result.weights, result.options.init, "");
  if (!tensors) {
    return tl::unexpected(tensors.error());
  }
  manifest.weights_sha256 = result.start.weights_sha256;
  const models::InversionSettings settings = manifest.inversion_settings;
  const adapters::GoldenShotsRun golden =
      [&invert, &settings](const models::NetworkOverlay&,
                           const models::Shots& shots) -> Result<std::vector<float>> {
    std::vector<float> map;
    if (auto inverted = invert(shots.amplitudes, settings, map); !inverted) {
      return tl::unexpected(inverted.error());
    }
    return map;
  };
  return adapters::write_bundle(
      result.options.out,
      {std::move(manifest), result.start.model_id, std::move(*tensors), result.report.scores_json},
      golden);
}

}  // namespace

Result<std::filesystem::path> export_inversion_result(const RunResult& result,
                                                      const InvertFunction& invert) {
  models::Manifest manifest;
  manifest.name = result.options.name;
  manifest.version = result.options.version;
  manifest.family = models::kInversionFamily;
  manifest.task = result.options.task;
  manifest.normalisation = models::kShotsLog;
  manifest.inversion = result.start.inversion;
  manifest.inversion_settings = result.start.shots;
  manifest.provenance_json = provenance_json(result);
  return writes_bundle(result.options) ? export_bundle(result, std::move(manifest), invert)
                                       : export_model_folder(result, std::move(manifest));
}

}  // namespace geod::trainer
