#include <utility>

#include "trainer/result_export.hpp"

namespace geod::trainer {

Result<std::filesystem::path> export_inversion_result(const RunResult& result,
                                                      const InvertFunction&) {
  models::Manifest manifest;
  manifest.name = result.options.name;
  manifest.version = result.options.version;
  manifest.family = models::kInversionFamily;
  manifest.task = result.options.task;
  manifest.normalisation = models::kShotsLog;
  manifest.inversion = result.start.inversion;
  manifest.inversion_settings = result.start.shots;
  manifest.provenance_json = provenance_json(result);
  return export_model_folder(result, std::move(manifest));
}

}  // namespace geod::trainer
