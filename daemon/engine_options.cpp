#include "daemon/engine_options.hpp"

#include <utility>

namespace geod {

models::EngineOptions engine_options(const config::ModelsConfig& config,
                                     std::filesystem::path directory) {
  models::EngineOptions options;
  options.model_directory = std::move(directory);
  options.device = config.device == "cpu"    ? models::Device::kCpu
                   : config.device == "cuda" ? models::Device::kCuda
                                             : models::Device::kAuto;
  options.precision = config.precision == "float32"    ? models::Precision::kFloat32
                      : config.precision == "bfloat16" ? models::Precision::kBfloat16
                      : config.precision == "float16"  ? models::Precision::kFloat16
                                                       : models::Precision::kAuto;
  options.threads = config.threads;
  options.max_batch = config.max_batch;
  return options;
}

models::EngineOptions segmenter_options(const config::ModelsConfig& config,
                                        std::filesystem::path directory) {
  models::EngineOptions options = engine_options(config, std::move(directory));
  options.max_batch = config.max_image_batch;
  return options;
}

}  // namespace geod
