#include "adapters/peft_config.hpp"

#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace geod::adapters {
namespace {

using nlohmann::json;

PeftConfig example() {
  return {.rank = 8,
          .alpha = 12.0,
          .dropout = 0.1,
          .target_modules = {"c_attn", "c_proj"},
          .modules_to_save = {"ln_1"},
          .base_model = "starter-1"};
}

/// What peft 0.21 writes beyond the short set, nothing of it switched on.
json newer_keys() {
  return json::parse(to_json(example())).patch(json::parse(R"([
        {"op": "add", "path": "/alora_invocation_tokens", "value": null},
        {"op": "add", "path": "/arrow_config", "value": null},
        {"op": "add", "path": "/corda_config", "value": null},
        {"op": "add", "path": "/ensure_weight_tying", "value": false},
        {"op": "add", "path": "/eva_config", "value": null},
        {"op": "add", "path": "/exclude_modules", "value": null},
        {"op": "add", "path": "/lora_bias", "value": false},
        {"op": "add", "path": "/peft_version", "value": "0.21.2"},
        {"op": "add", "path": "/qalora_group_size", "value": 16},
        {"op": "add", "path": "/target_parameters", "value": null},
        {"op": "add", "path": "/trainable_token_indices", "value": null},
        {"op": "add", "path": "/use_qalora", "value": false}])"));
}

TEST(PeftConfig, SurvivesItsFile) {
  const PeftConfig written = example();
  const auto read = parse_peft_config(to_json(written));
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->rank, 8);
  EXPECT_EQ(read->alpha, 12.0);
  EXPECT_EQ(read->dropout, 0.1);
  EXPECT_FALSE(read->use_rslora);
  EXPECT_EQ(read->target_modules, written.target_modules);
  EXPECT_EQ(read->modules_to_save, written.modules_to_save);
  EXPECT_EQ(read->base_model, "starter-1");
  EXPECT_EQ(read->plain_alpha(), 12.0);
}

TEST(PeftConfig, WritesTheShortKeySet) {
  const json object = json::parse(to_json(example()));
  EXPECT_EQ(object.size(), 24U);
  EXPECT_EQ(object["fan_in_fan_out"], true);
  EXPECT_EQ(object["bias"], "none");
  EXPECT_TRUE(object["task_type"].is_null());
  EXPECT_FALSE(object.contains("peft_version"));
}

TEST(PeftConfig, ReadsTheKeysOfLaterReleases) {
  const auto read = parse_peft_config(newer_keys().dump());
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->rank, 8);
}

TEST(PeftConfig, ScalesByTheRootOfTheRankWhenAsked) {
  json object = newer_keys();
  object["use_rslora"] = true;
  const auto read = parse_peft_config(object.dump());
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_DOUBLE_EQ(read->plain_alpha() / 8.0, 12.0 / std::sqrt(8.0));
}

TEST(PeftConfig, TakesAPatternOfTargetsFromTheTensors) {
  json object = newer_keys();
  object["target_modules"] = R"(h\.\d+\.attn\.c_attn)";
  const auto read = parse_peft_config(object.dump());
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_TRUE(read->target_modules.empty());
}

TEST(PeftConfig, RefusesWhatGeodDoesNotCompute) {
  const std::pair<const char*, json> cases[] = {
      {"use_dora", true},
      {"rank_pattern", {{"c_attn", 4}}},
      {"alpha_pattern", {{"c_attn", 4}}},
      {"layers_to_transform", {0, 1}},
      {"layers_pattern", "h"},
      {"layer_replication", {{0, 2}}},
      {"lora_bias", true},
      {"use_qalora", true},
      {"trainable_token_indices", {1}},
      {"target_parameters", {"x"}},
      {"alora_invocation_tokens", {1}},
      {"corda_config", {{"x", 1}}},
      {"megatron_config", {{"x", 1}}},
      {"init_lora_weights", "pissa"},
      {"peft_type", "LOHA"},
      {"of_the_next_release", 1},
  };
  for (const auto& [key, value] : cases) {
    json object = newer_keys();
    object[key] = value;
    const auto read = parse_peft_config(object.dump());
    ASSERT_FALSE(read) << key;
    EXPECT_EQ(read.error().code, Errc::kUnsupported) << key;
    EXPECT_NE(read.error().what.find(key), std::string::npos) << read.error().what;
  }
}

TEST(PeftConfig, NamesTheFaultyKey) {
  const std::pair<const char*, json> cases[] = {
      {"r", 0},
      {"r", 5000},
      {"r", 1.5},
      {"r", "8"},
      {"lora_alpha", 0},
      {"lora_alpha", -1.0},
      {"lora_alpha", nullptr},
      {"lora_dropout", 1.0},
      {"bias", "some"},
      {"use_rslora", 1},
      {"target_modules", 3},
      {"modules_to_save", {1}},
      {"modules_to_save", std::vector<std::string>(65, "ln_1")},
  };
  for (const auto& [key, value] : cases) {
    json object = newer_keys();
    object[key] = value;
    const auto read = parse_peft_config(object.dump());
    ASSERT_FALSE(read) << key << value;
    EXPECT_EQ(read.error().code, Errc::kModelMismatch) << key;
    EXPECT_NE(read.error().what.find(key), std::string::npos) << read.error().what;
  }
  for (const char* key : {"r", "lora_alpha"}) {
    json object = newer_keys();
    object.erase(key);
    EXPECT_EQ(parse_peft_config(object.dump()).error().code, Errc::kModelMismatch) << key;
  }
}

TEST(PeftConfig, RefusesWhatIsNoJsonAndARepeatedKey) {
  for (const char* text : {"", "[]", "{", "{\"r\": 1} x", "\x80"}) {
    EXPECT_EQ(parse_peft_config(text).error().code, Errc::kModelMismatch) << text;
  }
  std::string twice = to_json(example());
  twice.insert(1, R"("r": 4,)");
  EXPECT_EQ(parse_peft_config(twice).error().code, Errc::kModelMismatch);
}

}  // namespace
}  // namespace geod::adapters
