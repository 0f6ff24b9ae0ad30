#include "trainer/result_export.hpp"

#include <cmath>

#include <nlohmann/json.hpp>

#include "trainer/model_export.hpp"

namespace geod::trainer {

using nlohmann::json;

std::string provenance_json(const RunResult& result) {
  const TrainOptions& options = result.options;
  json out;
  out["command"] = options.command_line;
  out["data"] = json::parse(description_to_json(result.data));
  out["preset"] = options.preset == Preset::kGeod ? "geod" : "seismollm";
  out["method"] = to_string(method_of(options));
  out["seed"] = options.seed;
  out["steps"] = result.report.steps;
  out["windows_seen"] = result.report.windows;
  out["wall_s"] = std::round(result.report.wall_s);
  out["loss"] = result.report.loss;
  out["held_out_folds"] = options.hold_out_folds;
  out["held_out_windows"] = options.hold_out_windows;
  out["precision"] = options.bfloat16 ? "bfloat16" : "float32";
  out["scores"] = json::parse(result.report.scores_json);
  if (result.best_step) {
    out["best_step"] = *result.best_step;
  }
  const json started_from = json::parse(result.start.provenance_json);
  if (!started_from.is_null()) {
    out["started_from"] = started_from;
  }
  return out.dump();
}

Result<std::filesystem::path> export_result(const RunResult& result) {
  models::Manifest manifest;
  manifest.name = result.options.name;
  manifest.version = result.options.version;
  manifest.task = result.options.task;
  manifest.geometry = result.start.geometry;
  manifest.picks.hop_samples = result.start.geometry.window_samples / 4;
  manifest.scalar = result.scalar;
  manifest.provenance_json = provenance_json(result);
  const auto write = [&](const std::filesystem::path& path) -> Result<void> {
    std::error_code error;
    std::filesystem::copy_file(result.weights, path, error);
    if (error) {
      return fail(Errc::kIo, "{}: {}", path.string(), error.message());
    }
    return {};
  };
  if (auto exported = export_model(result.options.out, manifest, write); !exported) {
    return tl::unexpected(exported.error());
  }
  return result.options.out;
}

}  // namespace geod::trainer
