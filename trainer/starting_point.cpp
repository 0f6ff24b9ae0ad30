#include "trainer/starting_point.hpp"

#include <nlohmann/json.hpp>

#include "models/file_io.hpp"
#include "models/manifest.hpp"

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

void take_origin(const models::Manifest& manifest, StartingPoint& start) {
  start.weights_sha256 = manifest.weights_sha256;
  json origin{{"model", manifest.model_id()}, {"weights_sha256", manifest.weights_sha256}};
  const json theirs = json::parse(manifest.provenance_json, nullptr, false);
  if (theirs.is_object()) {
    origin["provenance"] = theirs;
  }
  start.provenance_json = origin.dump();
}

/// From a trained picker.
Result<StartingPoint> start_from_model(const std::filesystem::path& folder) {
  const auto manifest = models::load_manifest(folder);
  if (!manifest) {
    return tl::unexpected(manifest.error());
  }
  if (manifest->family == models::kTrunkFamily) {
    return fail(Errc::kModelMismatch,
                "{}: holds GPT-2 blocks, no picker; give it with --trunk",
                folder.string());
  }
  if (manifest->task != models::Task::kDpk) {
    return fail(Errc::kModelMismatch, "{}: is not a picker", folder.string());
  }
  StartingPoint start;
  start.geometry = manifest->geometry;
  take_origin(*manifest, start);
  return start;
}

}  // namespace

Result<StartingPoint> find_starting_point(const TrainOptions& options) {
  if (!options.init.empty() && !options.trunk.empty()) {
    return fail(Errc::kConfig, "--init and --trunk: a picker brings its own trunk; give one");
  }
  if (!options.init.empty()) {
    return start_from_model(options.init);
  }
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

}  // namespace geod::trainer
