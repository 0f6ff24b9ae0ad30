#include "trainer/train_options.hpp"

namespace geod::trainer {

std::string_view preset_name(Preset preset) {
  switch (preset) {
    case Preset::kGeod:
      return "geod";
    case Preset::kSeismollm:
      return "seismollm";
    case Preset::kPaper:
      return "paper";
  }
  return "";
}

std::string_view to_string(Method method) {
  switch (method) {
    case Method::kLora:
      return "lora";
    case Method::kFull:
      return "full";
    case Method::kBitFit:
      return "bitfit";
    case Method::kNorms:
      return "norms";
    case Method::kHead:
      return "head";
    case Method::kScratch:
      return "scratch";
    case Method::kSsf:
      return "ssf";
    case Method::kAdaptFormer:
      return "adaptformer";
    case Method::kPrompt:
      return "prompt";
  }
  return "";
}

std::string_view to_string(LoraTarget target) {
  switch (target) {
    case LoraTarget::kAttention:
      return "attn.c_attn";
    case LoraTarget::kAttentionOut:
      return "attn.c_proj";
    case LoraTarget::kMlp:
      return "mlp.c_fc";
    case LoraTarget::kMlpOut:
      return "mlp.c_proj";
  }
  return "";
}

Method method_of(const TrainOptions& options) {
  if (options.method) {
    return *options.method;
  }
  return options.init.empty() && options.trunk.empty() ? Method::kScratch : Method::kLora;
}

bool writes_bundle(const TrainOptions& options) {
  const Method method = method_of(options);
  return !options.init.empty() && method != Method::kFull && method != Method::kScratch;
}

std::filesystem::path result_folder(const TrainOptions& options) {
  return writes_bundle(options) ? options.out / (options.name + "-" + options.version)
                                : options.out;
}

std::filesystem::path run_folder(const TrainOptions& options) {
  std::filesystem::path folder = options.out.string() + ".run";
  return writes_bundle(options) ? folder / result_folder(options).filename() : folder;
}

}  // namespace geod::trainer
