#include "models/manifest.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include <nlohmann/json.hpp>

#include "models/file_io.hpp"
#include "models/json_object.hpp"
#include "models/tensor_specs.hpp"

namespace geod::models {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr const char* kFileName = "manifest.json";
constexpr std::uint64_t kMaxManifestBytes = std::uint64_t{1} << 20;
constexpr std::size_t kMaxNameBytes = 64;

/// Name and version become part of file names, ids and log lines.
bool is_plain_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxNameBytes && text.front() != '.' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '.' || c == '_' || c == '-';
         });
}

bool is_sha256(std::string_view text) {
  return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

Result<void> parse_picks(const json& object, PickSettings& picks) {
  ObjectReader reader(object, "picks: ");
  reader.integer("hop_samples", picks.hop_samples);
  reader.integer("blind_left_samples", picks.blind_left_samples);
  reader.integer("blind_right_samples", picks.blind_right_samples);
  reader.number("threshold_p", picks.threshold_p);
  reader.number("threshold_s", picks.threshold_s);
  reader.number("min_distance_s", picks.min_distance_s);
  reader.table("calibration_p", picks.calibration_p);
  reader.table("calibration_s", picks.calibration_s);
  reader.pair("sigma_p_s", picks.sigma_p_s);
  reader.pair("sigma_s_s", picks.sigma_s_s);
  return reader.finish();
}

Result<void> parse_scalar(const json& object, ScalarSettings& scalar) {
  ObjectReader reader(object, "scalar: ");
  reader.number("p_from", scalar.p_from);
  reader.number("p_to", scalar.p_to);
  reader.table("calibration", scalar.calibration);
  reader.number("sigma", scalar.sigma);
  return reader.finish();
}

ordered_json scalar_to_json(const ScalarSettings& scalar) {
  return {{"p_from", scalar.p_from},
          {"p_to", scalar.p_to},
          {"calibration", scalar.calibration},
          {"sigma", scalar.sigma}};
}

ordered_json picks_to_json(const PickSettings& picks) {
  return {{"hop_samples", picks.hop_samples},
          {"blind_left_samples", picks.blind_left_samples},
          {"blind_right_samples", picks.blind_right_samples},
          {"threshold_p", picks.threshold_p},
          {"threshold_s", picks.threshold_s},
          {"min_distance_s", picks.min_distance_s},
          {"calibration_p", picks.calibration_p},
          {"calibration_s", picks.calibration_s},
          {"sigma_p_s", {picks.sigma_p_s[0], picks.sigma_p_s[1]}},
          {"sigma_s_s", {picks.sigma_s_s[0], picks.sigma_s_s[1]}}};
}

/// True for an empty table, or probabilities in [0, 1] over strictly ascending scores in [0, 1].
bool is_calibration(const std::vector<std::pair<double, double>>& rows) {
  double last_score = -1.0;
  for (const auto& [score, probability] : rows) {
    if (!(score > last_score && score >= 0.0 && score <= 1.0 && probability >= 0.0 &&
          probability <= 1.0)) {
      return false;
    }
    last_score = score;
  }
  return true;
}

Result<void> validate_picks(const PickSettings& picks, const SeisMollmGeometry& geometry) {
  const std::int64_t window = geometry.window_samples;
  const auto in_window = [window](std::int64_t value, std::int64_t low) {
    return value >= low && value <= window;
  };
  if (!in_window(picks.hop_samples, 1) || !in_window(picks.blind_left_samples, 0) ||
      !in_window(picks.blind_right_samples, 0) ||
      window - picks.blind_left_samples - picks.blind_right_samples < picks.hop_samples) {
    return fail(
        Errc::kModelMismatch,
        "picks: hop_samples {} with blind_left_samples {} and blind_right_samples {} leaves "
        "samples of the stream unscored (window {})",
        picks.hop_samples,
        picks.blind_left_samples,
        picks.blind_right_samples,
        window);
  }
  for (const double threshold : {picks.threshold_p, picks.threshold_s}) {
    if (!(threshold > 0.0 && threshold <= 1.0)) {
      return fail(Errc::kModelMismatch, "picks: threshold {} is not in (0, 1]", threshold);
    }
  }
  const double window_s = static_cast<double>(window) / geometry.sampling_rate.hz();
  if (!(picks.min_distance_s >= 0.0 && picks.min_distance_s <= window_s)) {
    return fail(Errc::kModelMismatch,
                "picks: min_distance_s {} is not in [0, {}]",
                picks.min_distance_s,
                window_s);
  }
  if (!is_calibration(picks.calibration_p) || !is_calibration(picks.calibration_s)) {
    return fail(Errc::kModelMismatch,
                "picks: a calibration table needs strictly ascending scores and probabilities, all "
                "in [0, 1]");
  }
  for (const double sigma :
       {picks.sigma_p_s[0], picks.sigma_p_s[1], picks.sigma_s_s[0], picks.sigma_s_s[1]}) {
    if (!(sigma > 0.0 && sigma < window_s)) {
      return fail(Errc::kModelMismatch, "picks: sigma {} is not in (0, {})", sigma, window_s);
    }
  }
  return {};
}

Result<void> validate_scalar(const ScalarSettings& scalar) {
  if (!(scalar.p_from >= 0.0 && scalar.p_from < scalar.p_to && scalar.p_to <= 1.0)) {
    return fail(Errc::kModelMismatch,
                "scalar: p_from {} and p_to {} must be ascending shares of the window in [0, 1]",
                scalar.p_from,
                scalar.p_to);
  }
  if (!is_calibration(scalar.calibration)) {
    return fail(Errc::kModelMismatch,
                "scalar: the calibration table needs strictly ascending probabilities and observed "
                "shares, all in [0, 1]");
  }
  if (!(scalar.sigma >= 0.0 && scalar.sigma <= kMaxScalarSigma)) {
    return fail(Errc::kModelMismatch,
                "scalar: sigma is {}, allowed [0, {}]",
                scalar.sigma,
                kMaxScalarSigma);
  }
  return {};
}

Result<void> validate(const Manifest& manifest) {
  if (!is_plain_name(manifest.name) || !is_plain_name(manifest.version)) {
    return fail(Errc::kModelMismatch,
                "'name' and 'version' must be 1 to {} of A-Z a-z 0-9 . _ -",
                kMaxNameBytes);
  }
  if (manifest.family != kNetworkFamily && manifest.family != kTrunkFamily) {
    return fail(Errc::kUnsupported,
                "family '{}': geod knows '{}' and '{}'",
                manifest.family,
                kNetworkFamily,
                kTrunkFamily);
  }
  if (manifest.normalisation != "zscore") {
    return fail(
        Errc::kUnsupported, "normalisation '{}': geod knows 'zscore'", manifest.normalisation);
  }
  if (!is_sha256(manifest.weights_sha256)) {
    return fail(Errc::kModelMismatch, "'weights_sha256' must be 64 lower-case hex digits");
  }
  if (auto ok = validate_for(manifest.geometry, manifest.task); !ok) {
    return ok;
  }
  if (manifest.family != kNetworkFamily) {
    return {};
  }
  return manifest.task == Task::kDpk ? validate_picks(manifest.picks, manifest.geometry)
                                     : validate_scalar(manifest.scalar);
}

Result<Manifest> parse(const json& object) {
  Manifest manifest;
  std::string task(to_string(manifest.task));
  ObjectReader reader(object, "");
  reader.text("name", manifest.name);
  reader.text("version", manifest.version);
  reader.text("family", manifest.family);
  reader.text("task", task);
  reader.text("normalisation", manifest.normalisation);
  reader.text("weights_sha256", manifest.weights_sha256);
  const json* geometry = reader.need("geometry");
  const json* picks = reader.find("picks");
  const json* scalar = reader.find("scalar");
  const json* provenance = reader.find("provenance");
  if (auto ok = reader.finish(); !ok) {
    return tl::unexpected(ok.error());
  }
  auto parsed_task = parse_task(task);
  if (!parsed_task) {
    return tl::unexpected(parsed_task.error());
  }
  manifest.task = *parsed_task;
  auto parsed_geometry = geometry_from_json(geometry->dump());
  if (!parsed_geometry) {
    return tl::unexpected(parsed_geometry.error());
  }
  manifest.geometry = *parsed_geometry;
  if (picks != nullptr) {
    if (auto ok = parse_picks(*picks, manifest.picks); !ok) {
      return tl::unexpected(ok.error());
    }
  }
  if (scalar != nullptr) {
    if (auto ok = parse_scalar(*scalar, manifest.scalar); !ok) {
      return tl::unexpected(ok.error());
    }
  }
  manifest.provenance_json = provenance == nullptr ? "{}" : provenance->dump();
  if (auto ok = validate(manifest); !ok) {
    return tl::unexpected(ok.error());
  }
  return manifest;
}

}  // namespace

Result<Manifest> manifest_from_json(std::string_view text) {
  json object;
  if (!parse_json_object(text, object)) {
    return fail(Errc::kModelMismatch, "is no JSON object, or repeats a key");
  }
  return parse(object);
}

Result<std::string> manifest_to_json(const Manifest& manifest) {
  if (auto ok = validate(manifest); !ok) {
    return tl::unexpected(ok.error());
  }
  const ordered_json provenance = ordered_json::parse(
      manifest.provenance_json.empty() ? "{}" : manifest.provenance_json, nullptr, false);
  if (!provenance.is_object()) {
    return fail(Errc::kModelMismatch, "provenance is no JSON object");
  }
  ordered_json object = {{"name", manifest.name},
                         {"version", manifest.version},
                         {"family", manifest.family},
                         {"task", to_string(manifest.task)},
                         {"geometry", ordered_json::parse(geometry_to_json(manifest.geometry))},
                         {"normalisation", manifest.normalisation}};
  if (manifest.task == Task::kDpk) {
    object["picks"] = picks_to_json(manifest.picks);
  } else {
    object["scalar"] = scalar_to_json(manifest.scalar);
  }
  object["weights_sha256"] = manifest.weights_sha256;
  object["provenance"] = provenance;
  return object.dump(2) + "\n";
}

Result<Manifest> load_manifest(const std::filesystem::path& directory) {
  const std::filesystem::path path = directory / kFileName;
  const auto text = read_text_file(path, kMaxManifestBytes);
  if (!text) {
    return tl::unexpected(text.error());
  }
  auto manifest = manifest_from_json(*text);
  if (!manifest) {
    return fail_with(manifest.error(), path.string());
  }
  return manifest;
}

Result<void> save_manifest(const std::filesystem::path& directory, const Manifest& manifest) {
  const std::filesystem::path path = directory / kFileName;
  const auto text = manifest_to_json(manifest);
  if (!text) {
    return fail_with(text.error(), path.string());
  }
  const std::array chunks{std::as_bytes(std::span(*text))};
  return write_file_atomically(path, chunks);
}

}  // namespace geod::models
