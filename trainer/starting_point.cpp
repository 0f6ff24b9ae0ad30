#include "trainer/starting_point.hpp"

#include <nlohmann/json.hpp>

#include "models/file_io.hpp"
#include "models/manifest.hpp"
#include "models/tensor_specs.hpp"

namespace geod::trainer {
namespace {

using nlohmann::json;

constexpr std::uint64_t kMaxGeometryBytes = 1 << 20;

Result<models::SeisMollmGeometry> chosen_geometry(const std::string& name_or_file) {
  if (!name_or_file.ends_with(".json")) {
    return models::named_geometry(name_or_file);
  }
  const auto text = models::read_text_file(name_or_file, kMaxGeometryBytes);
  if (!text) {
    return tl::unexpected(text.error());
  }
  return models::geometry_from_json(*text);
}

/// The geometry with what --lora-rank, --lora-alpha and --lora-dropout say. kConfig when a base has
/// pairs of another rank or alpha.
Result<void> add_lora(const LoraOptions& lora, bool base_has_pairs, models::SeisMollmGeometry& of) {
  const bool changes_scale =
      (lora.rank && *lora.rank != of.lora_rank) || (lora.alpha && *lora.alpha != of.lora_alpha);
  if (base_has_pairs && changes_scale) {
    return fail(Errc::kConfig,
                "--lora-rank, --lora-alpha: the base has LoRA pairs of rank {} and alpha {}, which "
                "go on training; leave both options out",
                of.lora_rank,
                of.lora_alpha);
  }
  if (!base_has_pairs) {
    of.lora_rank = lora.rank.value_or(of.lora_rank > 0 ? of.lora_rank : kDefaultLoraRank);
    of.lora_alpha = lora.alpha.value_or(static_cast<double>(of.lora_rank));
  }
  of.lora_dropout = lora.dropout.value_or(of.lora_dropout);
  return of.validate();
}

/// Whether the method fits where the run starts from.
Result<void> check_method(const TrainOptions& options) {
  const Method method = method_of(options);
  if (method == Method::kSsf || method == Method::kAdaptFormer || method == Method::kPrompt) {
    return fail(Errc::kConfig,
                "--method {}: of task fwi; seismograms are trained with full, lora, bitfit, norms, "
                "head or scratch",
                to_string(method));
  }
  const bool fresh = options.init.empty() && options.trunk.empty();
  if (method == Method::kScratch && !fresh) {
    return fail(Errc::kConfig,
                "--method scratch starts from random weights: leave out --init and "
                "--trunk, or take --method full");
  }
  if (method != Method::kScratch && fresh) {
    return fail(Errc::kConfig,
                "--method {} needs weights to start from: give --init DIR or --trunk DIR",
                to_string(method));
  }
  return {};
}

/// From a trained network.
Result<StartingPoint> start_from_model(const std::filesystem::path& folder) {
  const auto manifest = models::load_manifest(folder);
  if (!manifest) {
    return tl::unexpected(manifest.error());
  }
  if (manifest->family == models::kTrunkFamily) {
    return fail(Errc::kModelMismatch,
                "{}: holds GPT-2 blocks, no network; give it with --trunk",
                folder.string());
  }
  if (manifest->input() != models::InputKind::kSeismograms) {
    return fail(Errc::kModelMismatch,
                "{}: a network of family {}; the seismogram tasks start from one of seismograms",
                folder.string(),
                manifest->family);
  }
  StartingPoint start;
  start.geometry = manifest->geometry;
  take_origin(*manifest, start);
  return start;
}

/// A geometry by name or file, with or without a trunk.
Result<StartingPoint> start_fresh(const TrainOptions& options) {
  const auto geometry = chosen_geometry(options.geometry);
  if (!geometry) {
    return tl::unexpected(geometry.error());
  }
  StartingPoint start;
  start.geometry = *geometry;
  if (!options.trunk.empty()) {
    const auto manifest = models::load_manifest(options.trunk);
    if (!manifest) {
      return tl::unexpected(manifest.error());
    }
    take_origin(*manifest, start);
  }
  return start;
}

}  // namespace

void take_origin(const models::Manifest& manifest, StartingPoint& start) {
  start.model_id = manifest.model_id();
  start.weights_sha256 = manifest.weights_sha256;
  json origin{{"model", manifest.model_id()}, {"weights_sha256", manifest.weights_sha256}};
  const json theirs = json::parse(manifest.provenance_json, nullptr, false);
  if (theirs.is_object()) {
    origin["provenance"] = theirs;
  }
  start.provenance_json = origin.dump();
}

Result<StartingPoint> find_starting_point(const TrainOptions& options) {
  if (!options.init.empty() && !options.trunk.empty()) {
    return fail(Errc::kConfig, "--init and --trunk: a network brings its own trunk; give one");
  }
  if (auto fits = check_method(options); !fits) {
    return tl::unexpected(fits.error());
  }
  auto start = options.init.empty() ? start_fresh(options) : start_from_model(options.init);
  if (!start) {
    return start;
  }
  models::SeisMollmGeometry& geometry = start->geometry;
  if (method_of(options) == Method::kLora) {
    const bool base_has_pairs = !options.init.empty() && geometry.lora_rank > 0;
    if (auto added = add_lora(options.lora, base_has_pairs, geometry); !added) {
      return tl::unexpected(added.error());
    }
  } else if (options.init.empty()) {
    geometry.lora_rank = 0;
  }
  if (auto fits = models::validate_for(geometry, options.task); !fits) {
    return tl::unexpected(fits.error());
  }
  return start;
}

}  // namespace geod::trainer
