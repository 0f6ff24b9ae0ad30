#include "adapters/bundle_manifest.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "adapters/base64.hpp"
#include "adapters/bundle_folder.hpp"
#include "adapters/peft_inversion.hpp"
#include "models/golden_image.hpp"
#include "models/inversion.hpp"
#include "models/json_object.hpp"
#include "models/network_shape.hpp"

namespace geod::adapters {
namespace {

using models::ObjectReader;
using nlohmann::json;
using nlohmann::ordered_json;

/// Keys that a bundle's manifest shares with a model folder's; they are read and written there.
constexpr std::array<const char*, 10> kShared{"name",
                                              "version",
                                              "family",
                                              "task",
                                              "geometry",
                                              "normalisation",
                                              "picks",
                                              "scalar",
                                              "segments",
                                              "shots"};
/// What a network has of its own family.
constexpr std::array<const char*, 4> kSettings{"picks", "scalar", "segments", "shots"};
constexpr std::array<std::string_view, 3> kHashed{kConfigFile, kAdapterFile, kHeadFile};
/// What a network of shots computes beside its base, in words: who reads it must compute the same.
constexpr const char* kFormula = "formula";
constexpr std::size_t kHashDigits = 64;
constexpr std::size_t kMaxIdBytes = 129;  // name-version

bool is_sha256(const json& value) {
  if (!value.is_string()) {
    return false;
  }
  const auto text = value.get<std::string>();
  return text.size() == kHashDigits && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

Result<void> parse_base(const json& object, BundleManifest& manifest, std::string& sha256) {
  ObjectReader reader(object, "base: ");
  static_cast<void>(reader.need("weights_sha256"));
  reader.text("model_id", manifest.base_model_id);
  reader.text("weights_sha256", sha256);
  if (manifest.base_model_id.size() > kMaxIdBytes) {
    reader.fault("model_id", fmt::format("of at most {} bytes", kMaxIdBytes));
  }
  return reader.finish();
}

Result<void> parse_files(const json& object, std::map<std::string, std::string>& files) {
  if (!object.is_object()) {
    return fail(Errc::kModelMismatch, "'files' must be an object");
  }
  for (const auto& [name, hash] : object.items()) {
    if (std::find(kHashed.begin(), kHashed.end(), name) == kHashed.end()) {
      return fail(Errc::kUnsupported,
                  "files: '{}' is none of {}, {} and {}",
                  name.substr(0, kHashDigits),
                  kConfigFile,
                  kAdapterFile,
                  kHeadFile);
    }
    if (!is_sha256(hash)) {
      return fail(Errc::kModelMismatch, "files: '{}' must be 64 lower-case hex digits", name);
    }
    files[name] = hash.get<std::string>();
  }
  return {};
}

/// The input of a golden case that is computed where it is needed: key and name in a manifest.
struct NamedInput {
  const char* key = nullptr;  ///< null: the input is in the manifest
  const char* name = nullptr;
};

NamedInput named_input(models::InputKind input) {
  switch (input) {
    case models::InputKind::kImages:
      return {"image", models::kGoldenImage};
    case models::InputKind::kShots:
      return {"shots", models::kGoldenShots};
    case models::InputKind::kSeismograms:
      break;
  }
  return {};
}

Result<void> parse_golden(const json& object, models::InputKind kind, models::GoldenCase& golden) {
  ObjectReader reader(object, "golden: ");
  std::string name;
  std::string input;
  std::string output;
  static_cast<void>(reader.need("output"));
  if (const NamedInput named = named_input(kind); named.key != nullptr) {
    reader.text(named.key, name);
    if (name != named.name) {
      reader.fault(named.key, fmt::format("'{}'", named.name));
    }
  } else {
    static_cast<void>(reader.need("input"));
    reader.text("input", input);
  }
  reader.text("output", output);
  reader.number("tolerance", golden.tolerance);
  auto in = floats_from_base64(input);
  auto out = floats_from_base64(output);
  if (!in || !out) {
    reader.fault(in ? "output" : "input", "base64 of float32 values");
  }
  if (auto ok = reader.finish(); !ok) {
    return ok;
  }
  golden.input = std::move(*in);
  golden.output = std::move(*out);
  return {};
}

ordered_json golden_to_json(const BundleManifest& manifest) {
  ordered_json golden;
  if (const NamedInput named = named_input(manifest.network.input()); named.key != nullptr) {
    golden[named.key] = named.name;
  } else {
    golden["input"] = to_base64(manifest.golden.input);
  }
  golden["output"] = to_base64(manifest.golden.output);
  golden["tolerance"] = manifest.golden.tolerance;
  return golden;
}

/// What the bundle says about its network, read as a model folder's manifest.
Result<models::Manifest> parse_network(const json& object, const std::string& base_sha256) {
  json network = {{"weights_sha256", base_sha256}, {"provenance", object["provenance"]}};
  for (const char* key : kShared) {
    if (object.contains(key)) {
      network[key] = object[key];
    }
  }
  auto parsed = models::manifest_from_json(network.dump());
  if (parsed && !models::is_network(*parsed)) {
    return fail(Errc::kModelMismatch,
                "'family' is '{}': an adapter makes one of {}, {} or {}",
                parsed->family,
                models::kNetworkFamily,
                models::kSegmenterFamily,
                models::kInversionFamily);
  }
  return parsed;
}

std::string formula_of(const models::Manifest& network) {
  return network.input() == models::InputKind::kShots ? inversion_formula(network.inversion) : "";
}

/// A network of shots says its formula, and it is the one that geod computes; others say none.
Result<void> check_formula(const json& object, const models::Manifest& network) {
  const std::string ours = formula_of(network);
  const json theirs = object.value(kFormula, json(""));
  if (theirs == ours) {
    return {};
  }
  return fail(Errc::kUnsupported,
              "'formula' is {:.200}, this geod computes '{}' for such a network",
              theirs.dump(-1, ' ', false, json::error_handler_t::replace),
              ours);
}

Result<void> check_keys(const json& object) {
  ObjectReader reader(object, "");
  std::string format;
  reader.text("format", format);
  for (const char* key : kShared) {
    static_cast<void>(reader.find(key));
  }
  static_cast<void>(reader.find(kFormula));
  for (const char* key :
       {"name", "version", "task", "base", "geometry", "normalisation", "files", "golden"}) {
    static_cast<void>(reader.need(key));
  }
  for (const char* key : {"scores", "provenance"}) {
    const json* member = reader.need(key);
    if (member != nullptr && !member->is_object()) {
      reader.fault(key, "an object");
    }
  }
  if (format != kBundleFormat) {
    return fail(Errc::kUnsupported,
                "'format' is '{}', this geod reads {}",
                format.substr(0, kHashDigits),
                kBundleFormat);
  }
  return reader.finish();
}

}  // namespace

Result<BundleManifest> parse_bundle_manifest(std::string_view text) {
  json object;
  if (!models::parse_json_object(text, object)) {
    return fail(Errc::kModelMismatch, "is no JSON object, or repeats a key");
  }
  BundleManifest manifest;
  std::string base_sha256;
  Result<void> ok = check_keys(object);
  if (ok) {
    ok = parse_base(object["base"], manifest, base_sha256);
  }
  if (ok) {
    ok = parse_files(object["files"], manifest.files);
  }
  if (!ok) {
    return tl::unexpected(ok.error());
  }
  auto network = parse_network(object, base_sha256);
  if (!network) {
    return tl::unexpected(network.error());
  }
  manifest.network = std::move(*network);
  ok = parse_golden(object["golden"], manifest.network.input(), manifest.golden);
  if (!ok) {
    return tl::unexpected(ok.error());
  }
  ok = check_formula(object, manifest.network);
  if (!ok) {
    return tl::unexpected(ok.error());
  }
  manifest.scores_json = object["scores"].dump();
  return manifest;
}

Result<std::string> to_json(const BundleManifest& manifest) {
  const auto network_text = models::manifest_to_json(manifest.network);
  if (!network_text) {
    return tl::unexpected(network_text.error());
  }
  const ordered_json network = ordered_json::parse(*network_text);
  const ordered_json scores = ordered_json::parse(manifest.scores_json, nullptr, false);
  if (!scores.is_object()) {
    return fail(Errc::kModelMismatch, "scores is no JSON object");
  }
  ordered_json object = {
      {"format", kBundleFormat}, {"name", network["name"]}, {"version", network["version"]}};
  if (manifest.network.input() !=
      models::InputKind::kSeismograms) {  // whose manifests never said it
    object["family"] = network["family"];
  }
  object["task"] = network["task"];
  object["base"] = {{"model_id", manifest.base_model_id},
                    {"weights_sha256", network["weights_sha256"]}};
  object["geometry"] = network["geometry"];
  if (const std::string formula = formula_of(manifest.network); !formula.empty()) {
    object[kFormula] = formula;
  }
  object["normalisation"] = network["normalisation"];
  for (const char* key : kSettings) {
    if (network.contains(key)) {
      object[key] = network[key];
    }
  }
  object["files"] = manifest.files;
  object["golden"] = golden_to_json(manifest);
  object["scores"] = scores;
  object["provenance"] = network["provenance"];
  return object.dump(2) + "\n";
}

}  // namespace geod::adapters
