#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"

namespace geod::adapters {

/// The model of transformers, or of OpenFWI's code, that an adapter is for.
enum class AdaptedModel : std::uint8_t { kGpt2, kDinov2, kDinov2WithRegisters, kInversionNet };

/// `adapter_config.json` of a LoRA adapter as Python's peft writes and reads it: what changes the
/// outputs of the adapted network. Source: the peft project, releases 0.12 to 0.21.
struct PeftConfig {
  std::int64_t rank = 16;
  double alpha = 16.0;
  double dropout = 0.0;
  bool use_rslora = false;                   ///< scale alpha / sqrt(rank) instead of alpha / rank
  std::vector<std::string> target_modules;   ///< e.g. c_attn; empty: a pattern that geod keeps not
  std::vector<std::string> modules_to_save;  ///< e.g. ln_1
  std::string base_model;                    ///< name of the base; not used on loading
  AdaptedModel adapted = AdaptedModel::kGpt2;  ///< written for Python; not used on loading

  /// The alpha that gives the same scale as alpha / rank: what geod's geometry holds.
  double plain_alpha() const;
};

/// Reads the short key set of 0.12 and the longer ones of later releases. kModelMismatch for text
/// that is no such file; kUnsupported naming the key when it asks for what geod does not compute
/// (DoRA, patterns of ranks, trained biases, ...), also for a key that geod does not know unless
/// its value says that nothing is asked for.
Result<PeftConfig> parse_peft_config(std::string_view text);

/// The file with the short key set, which every release of peft reads.
std::string to_json(const PeftConfig& config);

}  // namespace geod::adapters
