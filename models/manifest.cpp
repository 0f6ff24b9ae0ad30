#include "models/manifest.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "models/file_io.hpp"
#include "models/json_object.hpp"
#include "models/manifest_sections.hpp"
#include "models/network_shape.hpp"

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

const char* normalisation_of(InputKind input) {
  switch (input) {
    case InputKind::kImages:
      return kImageValues;
    case InputKind::kShots:
      return kShotsLog;
    case InputKind::kSeismograms:
      break;
  }
  return kWindowZscore;
}

/// The task of a manifest that names none.
Task usual_task(InputKind input) {
  switch (input) {
    case InputKind::kImages:
      return Task::kDas;
    case InputKind::kShots:
      return Task::kFwi;
    case InputKind::kSeismograms:
      break;
  }
  return Task::kDpk;
}

/// What is right for the families: of whole networks (which have settings) and of bases.
Result<void> check_family(const Manifest& manifest) {
  constexpr std::array<std::string_view, 5> kFamilies{
      kNetworkFamily, kTrunkFamily, kSegmenterFamily, kEncoderFamily, kInversionFamily};
  if (std::find(kFamilies.begin(), kFamilies.end(), manifest.family) == kFamilies.end()) {
    return fail(Errc::kUnsupported,
                "family '{}': geod knows {}",
                manifest.family,
                fmt::join(kFamilies, ", "));
  }
  const char* const normalisation = normalisation_of(manifest.input());
  if (manifest.normalisation != normalisation) {
    return fail(Errc::kUnsupported,
                "normalisation '{}': a network of family {} has '{}'",
                manifest.normalisation,
                manifest.family,
                normalisation);
  }
  return {};
}

Result<void> validate_settings(const Manifest& manifest) {
  if (manifest.family == kSegmenterFamily) {
    return validate_section(manifest.segments, manifest.segmenter, manifest.task);
  }
  if (manifest.family == kInversionFamily) {
    return validate_section(manifest.inversion_settings);
  }
  if (manifest.family == kNetworkFamily) {
    return manifest.task == Task::kDpk ? validate_section(manifest.picks, manifest.geometry)
                                       : validate_section(manifest.scalar);
  }
  return {};
}

Result<void> validate(const Manifest& manifest) {
  if (!is_plain_name(manifest.name) || !is_plain_name(manifest.version)) {
    return fail(Errc::kModelMismatch,
                "'name' and 'version' must be 1 to {} of A-Z a-z 0-9 . _ -",
                kMaxNameBytes);
  }
  if (auto ok = check_family(manifest); !ok) {
    return ok;
  }
  if (!is_sha256(manifest.weights_sha256)) {
    return fail(Errc::kModelMismatch, "'weights_sha256' must be 64 lower-case hex digits");
  }
  if (auto ok = validate_network(manifest); !ok) {
    return ok;
  }
  return validate_settings(manifest);
}

template <typename Geometry>
Result<void> take(Result<Geometry> parsed, Geometry& geometry) {
  if (!parsed) {
    return tl::unexpected(parsed.error());
  }
  geometry = std::move(*parsed);
  return {};
}

/// "geometry" of any kind.
Result<void> parse_geometry(const json& object, Manifest& manifest) {
  switch (manifest.input()) {
    case InputKind::kImages:
      return take(segmenter_from_json(object.dump()), manifest.segmenter);
    case InputKind::kShots:
      return take(inversion_from_json(object.dump()), manifest.inversion);
    case InputKind::kSeismograms:
      break;
  }
  return take(geometry_from_json(object.dump()), manifest.geometry);
}

/// The sections of settings, of which a family has its own.
Result<void> parse_settings(ObjectReader& reader, Manifest& manifest) {
  const bool is_of_seismograms = manifest.input() == InputKind::kSeismograms;
  const json* picks = is_of_seismograms ? reader.find("picks") : nullptr;
  const json* scalar = is_of_seismograms ? reader.find("scalar") : nullptr;
  const json* segments = manifest.family == kSegmenterFamily ? reader.find("segments") : nullptr;
  const json* shots = manifest.family == kInversionFamily ? reader.find("shots") : nullptr;
  Result<void> ok = reader.finish();
  if (ok && picks != nullptr) {
    ok = read_section(*picks, manifest.picks);
  }
  if (ok && scalar != nullptr) {
    ok = read_section(*scalar, manifest.scalar);
  }
  if (ok && segments != nullptr) {
    ok = read_section(*segments, manifest.task, manifest.segments);
  }
  if (ok && shots != nullptr) {
    ok = read_section(*shots, manifest.inversion_settings);
  }
  return ok;
}

Result<Manifest> parse(const json& object) {
  Manifest manifest;
  ObjectReader reader(object, "");
  reader.text("name", manifest.name);
  reader.text("version", manifest.version);
  reader.text("family", manifest.family);
  manifest.task = usual_task(manifest.input());
  manifest.normalisation = normalisation_of(manifest.input());
  std::string task(to_string(manifest.task));
  reader.text("task", task);
  reader.text("normalisation", manifest.normalisation);
  reader.text("weights_sha256", manifest.weights_sha256);
  const json* geometry = reader.need("geometry");
  const json* provenance = reader.find("provenance");
  const auto parsed_task = parse_task(task);
  if (!parsed_task) {
    return tl::unexpected(parsed_task.error());
  }
  manifest.task = *parsed_task;
  Result<void> ok = check_task(manifest);
  if (ok) {
    ok = parse_settings(reader, manifest);  // finishes the reader
  }
  if (ok) {
    ok = parse_geometry(*geometry, manifest);
  }
  if (ok) {
    manifest.provenance_json = provenance == nullptr ? "{}" : provenance->dump();
    ok = validate(manifest);
  }
  if (!ok) {
    return tl::unexpected(ok.error());
  }
  return manifest;
}

/// The section of settings that goes with the task.
void put_settings(const Manifest& manifest, ordered_json& object) {
  switch (manifest.input()) {
    case InputKind::kImages:
      if (manifest.family == kSegmenterFamily) {
        object["segments"] = to_section(manifest.segments, manifest.task);
      }
      return;
    case InputKind::kShots:
      object["shots"] = to_section(manifest.inversion_settings);
      return;
    case InputKind::kSeismograms:
      break;
  }
  if (manifest.task == Task::kDpk) {
    object["picks"] = to_section(manifest.picks);
  } else {
    object["scalar"] = to_section(manifest.scalar);
  }
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
                         {"geometry", ordered_json::parse(geometry_text(manifest))},
                         {"normalisation", manifest.normalisation}};
  put_settings(manifest, object);
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
