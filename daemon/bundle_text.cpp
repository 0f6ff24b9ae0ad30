#include "daemon/bundle_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace geod {
namespace {

using nlohmann::ordered_json;

std::size_t values_of(const adapters::Bundle& bundle) {
  std::size_t values = 0;
  for (const auto& [name, tensor] : bundle.overlay->tensors) {
    values += tensor.values.size();
  }
  return values;
}

ordered_json lora_of(const adapters::Bundle& bundle) {
  if (!bundle.peft) {
    return nullptr;
  }
  return {{"rank", bundle.peft->rank},
          {"alpha", bundle.peft->alpha},
          {"use_rslora", bundle.peft->use_rslora},
          {"target_modules", bundle.peft->target_modules},
          {"modules_to_save", bundle.peft->modules_to_save}};
}

/// The command that trained it; "unknown" where the provenance does not tell.
std::string command_of(const std::string& provenance_json) {
  const auto provenance = nlohmann::json::parse(provenance_json, nullptr, false);
  return provenance.is_object() ? provenance.value("command", "unknown") : "unknown";
}

/// What the network looks at.
std::string input_line(const models::Manifest& network) {
  switch (network.input()) {
    case models::InputKind::kSeismograms:
      return fmt::format("window      {} samples at {}",
                         network.geometry.window_samples,
                         network.geometry.sampling_rate.to_string());
    case models::InputKind::kShots:
      return fmt::format("shots       {} sources x {} samples x {} receivers, tuning {}, norms {}",
                         network.inversion.sources,
                         network.inversion.times,
                         network.inversion.receivers,
                         models::to_string(network.inversion.tuning),
                         models::to_string(network.inversion.bn_policy));
    case models::InputKind::kImages:
      break;
  }
  const models::SegmenterGeometry& g = network.segmenter;
  return fmt::format("image       {} x {}, decoder {}, classes {}",
                     g.rows,
                     g.columns,
                     models::to_string(g.decoder),
                     fmt::join(network.segments.class_names, ", "));
}

}  // namespace

std::string bundle_json(const adapters::Bundle& bundle) {
  const models::Manifest& network = bundle.overlay->manifest;
  const ordered_json manifest = ordered_json::parse(bundle.manifest_json);
  ordered_json object = {{"adapter_id", bundle.adapter_id()},
                         {"adapter_hash", bundle.overlay->adapter_hash},
                         {"task", std::string(models::to_string(network.task))},
                         {"base", manifest["base"]},
                         {"lora", lora_of(bundle)},
                         {"tensors", bundle.overlay->tensors.size()},
                         {"values", values_of(bundle)},
                         {"bytes", bundle.bytes}};
  for (const char* key :
       {"picks", "scalar", "segments", "shots", "formula", "scores", "provenance"}) {
    if (manifest.contains(key)) {
      object[key] = manifest[key];
    }
  }
  return object.dump(2) + "\n";
}

std::string bundle_text(const adapters::Bundle& bundle) {
  const models::Manifest& network = bundle.overlay->manifest;
  const std::string lora =
      bundle.peft
          ? fmt::format("rank {}, alpha {}, on {}",
                        bundle.peft->rank,
                        bundle.peft->alpha,
                        bundle.peft->target_modules.empty()
                            ? "a pattern of modules"
                            : fmt::format("{}", fmt::join(bundle.peft->target_modules, " ")))
          : "none";
  return fmt::format(
      "adapter     {}\n"
      "hash        {}\n"
      "task        {}\n"
      "base        {} {:.12}\n"
      "{}\n"
      "LoRA        {}\n"
      "replaces    {} tensors, {} values, {} bytes\n"
      "scores      {}\n"
      "trained     {}\n"
      "(--json tells the whole provenance)\n",
      bundle.adapter_id(),
      bundle.overlay->adapter_hash,
      models::to_string(network.task),
      bundle.base_model_id,
      network.weights_sha256,
      input_line(network),
      lora,
      bundle.overlay->tensors.size(),
      values_of(bundle),
      bundle.bytes,
      bundle.scores_json,
      command_of(network.provenance_json));
}

}  // namespace geod
