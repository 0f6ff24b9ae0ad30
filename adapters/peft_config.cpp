#include "adapters/peft_config.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <nlohmann/json.hpp>

#include "models/json_object.hpp"

namespace geod::adapters {
namespace {

using models::ObjectReader;
using nlohmann::json;

constexpr std::int64_t kMaxRank = 4096;  // of models::SeisMollmGeometry
constexpr double kMaxAlpha = 1e6;
constexpr std::size_t kMaxModules = 64;
constexpr std::size_t kMaxKeyBytes = 64;

/// Keys that change nothing about the outputs of an adapter that was saved: how it was made, where
/// from, by which release. What it was applied to shows in its tensors.
constexpr std::array<std::string_view, 14> kNeutral{"auto_mapping",
                                                    "base_model_name_or_path",
                                                    "ensure_weight_tying",
                                                    "eva_config",
                                                    "exclude_modules",
                                                    "fan_in_fan_out",
                                                    "inference_mode",
                                                    "loftq_config",
                                                    "megatron_core",
                                                    "peft_version",
                                                    "qalora_group_size",
                                                    "revision",
                                                    "runtime_config",
                                                    "task_type"};

/// What init_lora_weights may be: the others change the base's own matrices, too.
bool keeps_the_base(const json& init) {
  constexpr std::array<std::string_view, 3> kKept{"gaussian", "eva", "orthogonal"};
  return init.is_null() || init.is_boolean() ||
         (init.is_string() &&
          std::find(kKept.begin(), kKept.end(), init.get<std::string>()) != kKept.end());
}

/// Nothing is asked for.
bool is_off(const json& value) {
  return value.is_null() || value == false || (value.is_structured() && value.empty()) ||
         value == "";
}

void read_names(ObjectReader& reader, const char* key, std::vector<std::string>& names) {
  const json* member = reader.find(key);
  if (member == nullptr || member->is_null()) {
    return;
  }
  if (!member->is_array() || member->size() > kMaxModules ||
      !std::all_of(
          member->begin(), member->end(), [](const json& name) { return name.is_string(); })) {
    return reader.fault(key, "a list of names");
  }
  names = member->get<std::vector<std::string>>();
  std::sort(names.begin(), names.end());
}

/// Where transformers has a model.
struct PythonType {
  const char* type;
  const char* library;
};

PythonType python_type(AdaptedModel model) {
  switch (model) {
    case AdaptedModel::kDinov2:
      return {"Dinov2Model", "transformers.models.dinov2.modeling_dinov2"};
    case AdaptedModel::kDinov2WithRegisters:
      return {"Dinov2WithRegistersModel",
              "transformers.models.dinov2_with_registers.modeling_dinov2_with_registers"};
    case AdaptedModel::kInversionNet:
      return {"InversionNet", "network"};
    case AdaptedModel::kGpt2:
      break;
  }
  return {"GPT2Model", "transformers.models.gpt2.modeling_gpt2"};
}

/// kUnsupported for the first key that asks for what is not computed here.
Result<void> check_rest(const json& object, const ObjectReader& reader) {
  for (const auto& [key, value] : object.items()) {
    const bool is_neutral = std::find(kNeutral.begin(), kNeutral.end(), key) != kNeutral.end();
    if (!is_neutral && !is_off(value) && !reader.knows(key)) {
      return fail(
          Errc::kUnsupported,
          "'{}' is set to what geod does not compute (it knows plain LoRA and rank-stabilised "
          "LoRA); train without it, or merge it into the base",
          key.substr(0, kMaxKeyBytes));
    }
  }
  return {};
}

}  // namespace

double PeftConfig::plain_alpha() const {
  return use_rslora ? alpha * std::sqrt(static_cast<double>(rank)) : alpha;
}

Result<PeftConfig> parse_peft_config(std::string_view text) {
  json object;
  if (!models::parse_json_object(text, object)) {
    return fail(Errc::kModelMismatch, "is no JSON object, or repeats a key");
  }
  PeftConfig config;
  std::string type;
  std::string bias = "none";
  ObjectReader reader(object, "");
  reader.text("peft_type", type);
  static_cast<void>(reader.need("r"));
  static_cast<void>(reader.need("lora_alpha"));
  reader.integer("r", config.rank);
  reader.number("lora_alpha", config.alpha);
  reader.number("lora_dropout", config.dropout);
  reader.boolean("use_rslora", config.use_rslora);
  reader.text("bias", bias);
  read_names(reader, "modules_to_save", config.modules_to_save);
  const json* targets = reader.find("target_modules");
  if (targets != nullptr && !targets->is_string()) {  // a text is a pattern, or "all-linear"
    read_names(reader, "target_modules", config.target_modules);
  }
  const json* base = reader.find("base_model_name_or_path");
  if (base != nullptr && base->is_string()) {
    config.base_model = base->get<std::string>();
  }
  if (config.rank < 1 || config.rank > kMaxRank) {
    reader.fault("r", fmt::format("1 to {}", kMaxRank));
  }
  if (!(config.alpha > 0.0 && config.plain_alpha() < kMaxAlpha)) {
    reader.fault("lora_alpha", fmt::format("above 0 and below {}", kMaxAlpha));
  }
  if (!(config.dropout >= 0.0 && config.dropout < 1.0)) {
    reader.fault("lora_dropout", "in [0, 1)");
  }
  if (bias != "none" && bias != "lora_only" && bias != "all") {
    reader.fault("bias", "none, lora_only or all");
  }
  if (auto ok = reader.finish_open(); !ok) {
    return tl::unexpected(ok.error());
  }
  if (type != "LORA") {
    return fail(Errc::kUnsupported, "'peft_type' is '{}', geod takes LORA", type.substr(0, 64));
  }
  const json* init = reader.find("init_lora_weights");
  if (init != nullptr && !keeps_the_base(*init)) {
    return fail(Errc::kUnsupported,
                "'init_lora_weights' is one that changes the base's matrices; convert the adapter "
                "to plain LoRA when saving it in Python");
  }
  if (auto ok = check_rest(object, reader); !ok) {
    return tl::unexpected(ok.error());
  }
  return config;
}

std::string to_json(const PeftConfig& config) {
  const auto names = [](const std::vector<std::string>& list) {
    return list.empty() ? json(nullptr) : json(list);
  };
  const PythonType adapted = python_type(config.adapted);
  // Sorted keys, as peft writes them.
  const json object = {
      {"alpha_pattern", json::object()},
      {"auto_mapping", {{"base_model_class", adapted.type}, {"parent_library", adapted.library}}},
      {"base_model_name_or_path", config.base_model},
      {"bias", "none"},
      {"fan_in_fan_out", config.adapted == AdaptedModel::kGpt2},
      {"inference_mode", true},
      {"init_lora_weights", true},
      {"layer_replication", nullptr},
      {"layers_pattern", nullptr},
      {"layers_to_transform", nullptr},
      {"loftq_config", json::object()},
      {"lora_alpha", config.alpha},
      {"lora_dropout", config.dropout},
      {"megatron_config", nullptr},
      {"megatron_core", "megatron.core"},
      {"modules_to_save", names(config.modules_to_save)},
      {"peft_type", "LORA"},
      {"r", config.rank},
      {"rank_pattern", json::object()},
      {"revision", nullptr},
      {"target_modules", names(config.target_modules)},
      {"task_type", nullptr},
      {"use_dora", false},
      {"use_rslora", config.use_rslora}};
  return object.dump(2) + "\n";
}

}  // namespace geod::adapters
