#include "adapters/peft_names.hpp"

#include <gtest/gtest.h>

namespace geod::adapters {
namespace {

TEST(PeftNames, GoBothWays) {
  for (const char* name : {"h.0.attn.c_attn.lora_A.weight",
                           "h.11.mlp.c_proj.lora_B.weight",
                           "h.0.ln_1.weight",
                           "h.2.ln_2.bias",
                           "ln_f.bias",
                           "wpe.weight"}) {
    const std::string peft = std::string("base_model.model.") + name;
    const std::string ours = std::string("gpt2.") + name;
    EXPECT_EQ(canonical_name(peft), ours);
    EXPECT_EQ(peft_name(ours), peft);
  }
}

TEST(PeftNames, RefuseWhatAnAdapterFileDoesNotHold) {
  for (const char* name : {"h.0.attn.c_attn.lora_A.weight",
                           "base_model.model.h.0.attn.c_attn.weight",
                           "base_model.model.h.0.attn.c_attn.base_layer.bias",
                           "base_model.model.h.0.attn.c_attn.lora_magnitude_vector",
                           "base_model.model.wte.weight",
                           "base_model.model.",
                           ""}) {
    EXPECT_FALSE(canonical_name(name)) << name;
  }
  for (const char* name :
       {"convs.0.norm.weight", "out_head.lin.bias", "gpt2.h.0.mlp.c_fc.weight", "gpt2."}) {
    EXPECT_FALSE(peft_name(name)) << name;
  }
}

TEST(PeftNames, SayWhichModuleIsSavedWhole) {
  EXPECT_EQ(module_to_save("gpt2.h.1.ln_2.bias"), "ln_2");
  EXPECT_EQ(module_to_save("gpt2.wpe.weight"), "wpe");
  EXPECT_FALSE(module_to_save("gpt2.h.0.attn.c_attn.lora_A.weight"));
  EXPECT_FALSE(module_to_save("convs.0.norm.weight"));
}

TEST(PeftNames, MatchTargetsByTheirLastParts) {
  const char* const attention = "gpt2.h.0.attn.c_proj.lora_B.weight";
  EXPECT_TRUE(is_target(attention, "c_proj"));
  EXPECT_TRUE(is_target(attention, "attn.c_proj"));
  EXPECT_TRUE(is_target(attention, "h.0.attn.c_proj"));
  EXPECT_FALSE(is_target(attention, "mlp.c_proj"));
  EXPECT_FALSE(is_target(attention, "proj"));
  EXPECT_FALSE(is_target(attention, ""));
  EXPECT_FALSE(is_target("gpt2.h.0.ln_1.weight", "ln_1"));
}

}  // namespace
}  // namespace geod::adapters
