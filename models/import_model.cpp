#include "models/import_model.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/ranges.h>

#include "models/checkpoint.hpp"
#include "models/import_folder.hpp"
#include "models/safetensors.hpp"
#include "models/tensor_specs.hpp"

namespace geod::models {
namespace {

namespace fs = std::filesystem;

void remove_all(std::string& text, std::string_view part) {
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at)) {
    text.erase(at, part.size());
  }
}

void replace(std::string& text, std::string_view from, std::string_view to) {
  if (const std::size_t at = text.find(from); at != std::string::npos) {
    text.replace(at, from.size(), to);
  }
}

/// The canonical name of a tensor of the published checkpoint; empty when geod has no use for it
/// (step counters of BatchNorm, the empty word table).
std::string canonical_name(std::string name) {
  remove_all(name, "module.");
  remove_all(name, "_orig_mod.");
  replace(name, "llm_blocks.llm.base_model.model.", "gpt2.");
  replace(name, ".base_layer.", ".");
  replace(name, ".lora_A.default.", ".lora_A.");
  replace(name, ".lora_B.default.", ".lora_B.");
  if (name == "gpt2.wte.weight" || name.ends_with(".num_batches_tracked")) {
    return {};
  }
  return name;
}

/// Pick settings for a network geod did not train: the published threshold, a quarter-window hop,
/// 10 s at the start (little left context) and the trunk's look-ahead of 201 samples at the end
/// unused.
PickSettings default_picks(const SeisMollmGeometry& geometry) {
  constexpr std::int64_t kLookAheadSamples = 201;
  constexpr std::int64_t kLeftContextS = 10;
  PickSettings picks;
  picks.hop_samples = geometry.window_samples / 4;
  picks.blind_left_samples =
      std::min(geometry.sampling_rate.samples_in(std::chrono::seconds(kLeftContextS)),
               geometry.window_samples / 4);
  picks.blind_right_samples = std::min(kLookAheadSamples, geometry.window_samples / 4);
  return picks;
}

/// Positions, heads and width of a GPT-2 file as a geometry: heads are 64 wide in every GPT-2.
Result<SeisMollmGeometry> gpt2_geometry(const SafetensorsFile& file,
                                        const std::string& prefix,
                                        std::int64_t blocks) {
  constexpr std::int64_t kHeadWidth = 64;
  const auto positions = file.find(prefix + "wpe.weight");
  if (!positions) {
    return fail(Errc::kModelMismatch,
                "{}: has no 'wpe.weight': not a GPT-2 in safetensors",
                file.path().string());
  }
  SeisMollmGeometry geometry;
  const std::int64_t width = positions->shape.size() == 2 ? positions->shape[1] : 0;
  if (width <= 0 || width % std::lcm(geometry.patch, kHeadWidth) != 0) {
    return fail(Errc::kModelMismatch,
                "{}: 'wpe.weight' has shape [{}], expected [positions, a multiple of {}]",
                file.path().string(),
                fmt::join(positions->shape, ", "),
                std::lcm(geometry.patch, kHeadWidth));
  }
  geometry.positions = positions->shape[0];
  geometry.embed_channels[3] = width / geometry.patch;
  geometry.heads = width / kHeadWidth;
  geometry.blocks = blocks;
  geometry.lora_rank = 0;
  if (auto ok = geometry.validate(); !ok) {
    return fail_with(ok.error(), file.path().string());
  }
  return geometry;
}

}  // namespace

Result<fs::path> import_gpt2(const fs::path& path,
                             const fs::path& out_directory,
                             std::int64_t blocks) {
  const auto file = SafetensorsFile::open(path);
  if (!file) {
    return tl::unexpected(file.error());
  }
  const std::string prefix = file->find("transformer.wpe.weight") ? "transformer." : "";
  const auto geometry = gpt2_geometry(*file, prefix, blocks);
  if (!geometry) {
    return tl::unexpected(geometry.error());
  }
  std::vector<FloatTensor> tensors;
  for (const TensorSpec& spec : trunk_specs(*geometry)) {
    // By exact name: "h.0.attn.bias" is a mask buffer that ends like a bias and is never asked for.
    const std::string name = prefix + spec.name.substr(std::string_view("gpt2.").size());
    const auto entry = file->find(name);
    if (!entry) {
      return fail(Errc::kModelMismatch, "{}", entry.error().what);
    }
    if (auto ok = check_imported_shape(path, name, entry->shape, spec.shape); !ok) {
      return tl::unexpected(ok.error());
    }
    auto values = file->read_floats(name);
    if (!values) {
      return tl::unexpected(values.error());
    }
    tensors.push_back({spec.name, spec.shape, std::move(*values)});
  }
  Manifest manifest;
  manifest.name = "gpt2";
  manifest.family = "gpt2";
  manifest.geometry = *geometry;
  return write_imported(out_directory, path, std::move(tensors), std::move(manifest));
}

Result<fs::path> import_seismollm(const fs::path& path,
                                  Task task,
                                  const SeisMollmGeometry& geometry,
                                  const fs::path& out_directory) {
  if (auto ok = validate_for(geometry, task); !ok) {
    return tl::unexpected(ok.error());
  }
  const auto checkpoint = Checkpoint::open(path);
  if (!checkpoint) {
    return tl::unexpected(checkpoint.error());
  }
  std::map<std::string, PickleTensor> found;
  for (const auto& [name, tensor] : checkpoint->tensors()) {
    const std::string canonical = canonical_name(name);
    if (!canonical.empty() && !found.emplace(canonical, tensor).second) {
      return fail(Errc::kModelMismatch, "{}: holds tensor '{}' twice", path.string(), canonical);
    }
  }
  std::vector<FloatTensor> tensors;
  for (const TensorSpec& spec : tensor_specs(geometry, task)) {
    const auto it = found.find(spec.name);
    if (it == found.end()) {
      return fail(Errc::kModelMismatch,
                  "{}: has no tensor '{}': another task or geometry?",
                  path.string(),
                  spec.name);
    }
    if (auto ok = check_imported_shape(path, spec.name, it->second.shape, spec.shape); !ok) {
      return tl::unexpected(ok.error());
    }
    auto values = checkpoint->read_floats(it->second);
    if (!values) {
      return tl::unexpected(values.error());
    }
    tensors.push_back({spec.name, spec.shape, std::move(*values)});
    found.erase(it);
  }
  if (!found.empty()) {
    return fail(Errc::kModelMismatch,
                "{}: tensor '{}' is not part of a {} network of this geometry",
                path.string(),
                found.begin()->first,
                to_string(task));
  }
  Manifest manifest;
  manifest.name = fmt::format("seismollm-{}", to_string(task));
  manifest.task = task;
  manifest.geometry = geometry;
  if (task == Task::kDpk) {
    manifest.picks = default_picks(geometry);
  }
  return write_imported(out_directory, path, std::move(tensors), std::move(manifest));
}

}  // namespace geod::models
