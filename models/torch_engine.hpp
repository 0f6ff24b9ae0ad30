#pragma once

#include <memory>

#include "models/engine.hpp"
#include "models/torch_runner.hpp"

namespace geod::models {

/// The Engine over LibTorch: a model folder on one device.
class TorchEngine : public Engine {
 public:
  /// Loads and checks the folder, picks device, precision and threads, warms up. Errors of
  /// load_manifest and load_network; kUnsupported for a model of another task than dpk; kDevice.
  static Result<std::unique_ptr<Engine>> open(const EngineOptions& options);

  const Manifest& manifest() const override { return manifest_; }
  const EngineInfo& info() const override { return info_; }
  Result<void> score(std::span<const Window* const> windows, ScoreBatch& out) override;

 private:
  TorchEngine(Manifest manifest, std::size_t max_batch)
      : manifest_(std::move(manifest)), max_batch_(max_batch) {}

  Manifest manifest_;
  EngineInfo info_;
  std::size_t max_batch_;
  std::unique_ptr<Runner> runner_;
};

}  // namespace geod::models
