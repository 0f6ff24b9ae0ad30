#include "trainer/result_export.hpp"

#include <cmath>
#include <map>
#include <utility>

#include <nlohmann/json.hpp>

#include "adapters/write_bundle.hpp"
#include "models/safetensors.hpp"
#include "models/tensor_specs.hpp"
#include "trainer/model_export.hpp"
#include "trainer/window_mixing.hpp"

namespace geod::trainer {
namespace {

constexpr const char* kWeightsFile = "model.safetensors";
/// Heads of two tasks may have the same names, and a bundle holds its own whole.
constexpr const char* kHeadPrefix = "out_head.";

}  // namespace

using nlohmann::json;

std::string provenance_json(const RunResult& result) {
  const TrainOptions& options = result.options;
  json out;
  out["command"] = options.command_line;
  out["data"] = json::parse(description_to_json(result.data));
  out["preset"] = preset_name(options.preset);
  out["method"] = to_string(method_of(options));
  out["seed"] = options.seed;
  out["steps"] = result.report.steps;
  out["windows_seen"] = result.report.windows;
  out["wall_s"] = std::round(result.report.wall_s);
  if (result.report.loss) {
    out["loss"] = *result.report.loss;
  }
  switch (models::input_of(options.task)) {
    case models::InputKind::kSeismograms:
      out["held_out_folds"] = options.hold_out_folds;
      out["held_out_windows"] = options.hold_out_windows;
      break;
    case models::InputKind::kImages:
      out["decoder"] = to_string(result.start.segmenter.decoder);
      out["loss"] = to_string(*options.image.loss);
      out["compat"] = options.image.compat;
      break;
    case models::InputKind::kShots:
      out["misfit"] = to_string(options.inversion.misfit);
      out["bounds"] = options.inversion.bounds;
      out["share"] = options.inversion.share;
      out["selection"] = to_string(options.inversion.selection);
      out["tuning"] = to_string(result.start.inversion.tuning);
      break;
  }
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

Result<std::map<std::string, models::HostTensor>> changed_tensors(
    const std::filesystem::path& weights,
    const std::filesystem::path& base_folder,
    std::string_view whole_prefix) {
  const auto ours = models::SafetensorsFile::open(weights);
  const auto base = models::SafetensorsFile::open(base_folder / kWeightsFile);
  if (!ours || !base) {
    return tl::unexpected(ours ? base.error() : ours.error());
  }
  std::map<std::string, models::HostTensor> changed;
  for (const auto& [name, entry] : ours->tensors()) {
    auto values = ours->read_floats(name);
    if (!values) {
      return tl::unexpected(values.error());
    }
    if (base->tensors().contains(name) && base->tensors().at(name).shape == entry.shape &&
        (whole_prefix.empty() || !name.starts_with(whole_prefix))) {
      const auto before = base->read_floats(name);
      if (!before) {
        return tl::unexpected(before.error());
      }
      if (*before == *values) {
        continue;
      }
    }
    changed.emplace(name, models::HostTensor{entry.shape, std::move(*values)});
  }
  return changed;
}

Result<std::filesystem::path> export_model_folder(const RunResult& result,
                                                  models::Manifest manifest) {
  const auto write = [&](const std::filesystem::path& path) -> Result<void> {
    std::error_code error;
    std::filesystem::copy_file(result.weights, path, error);
    if (error) {
      return fail(Errc::kIo, "{}: {}", path.string(), error.message());
    }
    return {};
  };
  if (auto exported = export_model(result.options.out, std::move(manifest), write); !exported) {
    return tl::unexpected(exported.error());
  }
  return result.options.out;
}

namespace {

adapters::GoldenRun golden_run(const RunResult& result, const ScoreFunction& score) {
  return [&result, &score](const models::NetworkOverlay&,
                           const Window& window) -> Result<std::vector<float>> {
    ScoreInput input{LabelledWindow(window.samples), window.samples, 0};
    input.window.data = window.data;
    normalise(input.window);
    const models::OutputShape shape =
        models::output_shape(result.start.geometry, result.options.task);
    std::vector<float> outputs(shape.classes * shape.samples);
    if (auto scored = score(std::span(&input, 1), outputs); !scored) {
      return tl::unexpected(scored.error());
    }
    return outputs;
  };
}

Result<std::filesystem::path> export_bundle(const RunResult& result,
                                            models::Manifest manifest,
                                            const ScoreFunction& score) {
  auto tensors = changed_tensors(result.weights, result.options.init, kHeadPrefix);
  if (!tensors) {
    return tl::unexpected(tensors.error());
  }
  manifest.weights_sha256 = result.start.weights_sha256;
  return adapters::write_bundle(
      result.options.out,
      {std::move(manifest), result.start.model_id, std::move(*tensors), result.report.scores_json},
      golden_run(result, score));
}

}  // namespace

Result<std::filesystem::path> export_result(const RunResult& result, const ScoreFunction& score) {
  models::Manifest manifest;
  manifest.name = result.options.name;
  manifest.version = result.options.version;
  manifest.task = result.options.task;
  manifest.geometry = result.start.geometry;
  manifest.picks.hop_samples = result.start.geometry.window_samples / 4;
  manifest.scalar = result.scalar;
  manifest.provenance_json = provenance_json(result);
  if (writes_bundle(result.options)) {
    return export_bundle(result, std::move(manifest), score);
  }
  return export_model_folder(result, std::move(manifest));
}

}  // namespace geod::trainer
