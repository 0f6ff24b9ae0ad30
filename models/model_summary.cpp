#include "models/model_summary.hpp"

#include <algorithm>

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "models/network_shape.hpp"
#include "models/safetensors.hpp"

namespace geod::models {
namespace {

using nlohmann::ordered_json;

Result<void> check_file(const SafetensorsFile& file,
                        const Manifest& manifest,
                        const std::vector<TensorSpec>& specs) {
  const auto hash = file.sha256();
  if (!hash) {
    return tl::unexpected(hash.error());
  }
  const std::string path = file.path().string();
  if (*hash != manifest.weights_sha256) {
    return fail(Errc::kModelMismatch,
                "{}: its SHA-256 is {}, the manifest says {}",
                path,
                *hash,
                manifest.weights_sha256);
  }
  for (const TensorSpec& spec : specs) {
    const auto entry = file.find(spec.name);
    if (!entry) {
      return fail(Errc::kModelMismatch, "{}", entry.error().what);
    }
    if (entry->shape != spec.shape) {
      return fail(Errc::kModelMismatch,
                  "{}: tensor '{}' has shape [{}], the geometry needs [{}]",
                  path,
                  spec.name,
                  fmt::join(entry->shape, ", "),
                  fmt::join(spec.shape, ", "));
    }
  }
  if (file.tensors().size() != specs.size()) {
    return fail(Errc::kModelMismatch,
                "{}: holds {} tensors, the geometry has {}",
                path,
                file.tensors().size(),
                specs.size());
  }
  return {};
}

/// The lines between task and weights.
std::string seismogram_text(const Manifest& manifest) {
  const SeisMollmGeometry& g = manifest.geometry;
  std::string text;
  if (is_network(manifest)) {
    text +=
        fmt::format("window     {} samples at {}\n", g.window_samples, g.sampling_rate.to_string());
    text += fmt::format("embedder   {} channels, {} tokens of {}\n",
                        fmt::join(g.embed_channels, "-"),
                        g.tokens(),
                        g.d_model());
  }
  return text + fmt::format("trunk      {} blocks, {} wide, {} heads, {} positions\n",
                            g.blocks,
                            g.d_model(),
                            g.heads,
                            g.positions);
}

/// The same for images.
std::string image_text(const Manifest& manifest) {
  const SegmenterGeometry& g = manifest.segmenter;
  std::string text;
  if (is_network(manifest)) {
    text += fmt::format("image      {} x {}\nclasses    {}", g.rows, g.columns, g.classes);
    const auto& names = manifest.segments.class_names;
    text += names.empty() ? "\n" : fmt::format(": {}\n", fmt::join(names, ", "));
  }
  if (manifest.task == Task::kDas && is_network(manifest)) {
    text += fmt::format("grid       {} Hz, {} m\n",
                        manifest.segments.das.sampling_rate_hz,
                        manifest.segments.das.channel_spacing_m);
  }
  if (g.has_encoder()) {
    text += fmt::format(
        "encoder    {} blocks, {} wide, {} heads, {} registers, patches of {}, {} x {} positions\n",
        g.blocks,
        g.width,
        g.heads,
        g.registers,
        g.patch,
        g.position_grid,
        g.position_grid);
  }
  if (g.decoder != SegmentDecoder::kNone) {
    text += fmt::format("decoder    {}\n", to_string(g.decoder));
  }
  return text;
}

/// The same for shots.
std::string shots_text(const Manifest& manifest) {
  const InversionGeometry& g = manifest.inversion;
  const InversionSettings& shots = manifest.inversion_settings;
  std::string text = fmt::format(
      "shots      {} sources x {} samples x {} receivers\n", g.sources, g.times, g.receivers);
  text += fmt::format("map        {} x {} cells of {} m, {} to {} m/s\n",
                      g.depths,
                      g.offsets,
                      shots.cell_m,
                      shots.velocity_min_m_s,
                      shots.velocity_max_m_s);
  text += fmt::format(
      "amplitudes {} to {} ({})\n", shots.amplitude_min, shots.amplitude_max, shots.bounds_of);
  text += fmt::format("width      {} channels\n", g.width);
  if (g.tuning != InversionTuning::kNone) {
    text += fmt::format("tuning     {}, norms {}\n", to_string(g.tuning), to_string(g.bn_policy));
  }
  return text;
}

std::string input_text(const Manifest& manifest) {
  switch (manifest.input()) {
    case InputKind::kImages:
      return image_text(manifest);
    case InputKind::kShots:
      return shots_text(manifest);
    case InputKind::kSeismograms:
      break;
  }
  return seismogram_text(manifest);
}

}  // namespace

std::vector<PartCount> count_parameters(const std::vector<TensorSpec>& specs) {
  std::vector<PartCount> parts;
  for (const Part part : {Part::kEmbedder,
                          Part::kEncoder,
                          Part::kTrunk,
                          Part::kLora,
                          Part::kHead,
                          Part::kDecoder,
                          Part::kTuning}) {
    PartCount count{part, 0, 0};
    for (const TensorSpec& spec : specs) {
      if (spec.part == part && !spec.is_buffer) {
        count.total += spec.elements();
        count.trainable += spec.is_trainable ? spec.elements() : 0;
      }
    }
    if (count.total > 0) {
      parts.push_back(count);
    }
  }
  return parts;
}

Result<ModelSummary> describe_model(const std::filesystem::path& directory) {
  auto manifest = load_manifest(directory);
  if (!manifest) {
    return tl::unexpected(manifest.error());
  }
  const auto file = SafetensorsFile::open(directory / "model.safetensors");
  if (!file) {
    return tl::unexpected(file.error());
  }
  const std::vector<TensorSpec> specs = tensor_specs(*manifest);
  if (auto ok = check_file(*file, *manifest, specs); !ok) {
    return tl::unexpected(ok.error());
  }
  ModelSummary summary;
  summary.manifest = std::move(*manifest);
  summary.parts = count_parameters(specs);
  for (const PartCount& part : summary.parts) {
    summary.total += part.total;
    summary.trainable += part.trainable;
  }
  summary.weights_bytes = file->bytes();
  return summary;
}

std::string to_text(const ModelSummary& summary) {
  const Manifest& manifest = summary.manifest;
  std::string text = fmt::format("model      {} ({})\n", manifest.model_id(), manifest.family);
  if (is_network(manifest)) {
    text += fmt::format("task       {}\n", to_string(manifest.task));
  }
  text += input_text(manifest);
  text += fmt::format(
      "weights    {} bytes, sha256 {}\n", summary.weights_bytes, manifest.weights_sha256);
  text += fmt::format("\n{:<10} {:>14} {:>14}\n", "parameters", "total", "trainable");
  for (const PartCount& part : summary.parts) {
    text += fmt::format("{:<10} {:>14} {:>14}\n", to_string(part.part), part.total, part.trainable);
  }
  text += fmt::format("{:<10} {:>14} {:>14}\n", "all", summary.total, summary.trainable);
  return text;
}

std::string to_json(const ModelSummary& summary) {
  const Manifest& manifest = summary.manifest;
  // A named geometry without weights has no provenance.
  const ordered_json provenance = manifest.provenance_json.empty()
                                      ? ordered_json::object()
                                      : ordered_json::parse(manifest.provenance_json);
  ordered_json parameters;
  for (const PartCount& part : summary.parts) {
    parameters[std::string(to_string(part.part))] = {{"total", part.total},
                                                     {"trainable", part.trainable}};
  }
  parameters["total"] = summary.total;
  parameters["trainable"] = summary.trainable;
  return ordered_json{{"name", manifest.name},
                      {"version", manifest.version},
                      {"family", manifest.family},
                      {"task", to_string(manifest.task)},
                      {"geometry", ordered_json::parse(geometry_text(manifest))},
                      {"parameters", parameters},
                      {"weights_sha256", manifest.weights_sha256},
                      {"weights_bytes", summary.weights_bytes},
                      {"provenance", provenance}}
      .dump(2);
}

}  // namespace geod::models
