#pragma once

#include <memory>

#include "models/engine.hpp"
#include "models/torch_base.hpp"
#include "models/torch_runner.hpp"

namespace geod::models {

/// The Engine over LibTorch: a model folder, with or without an overlay, on one device.
class TorchEngine : public Engine {
 public:
  /// Loads and checks the folder, lays the overlay over it, picks device, precision and threads,
  /// warms up. Errors of load_manifest, load_base and prepare(); kUnsupported for a folder of
  /// another family than "seismollm"; kConfig for impossible options; kDevice.
  static Result<std::unique_ptr<Engine>> open(const EngineOptions& options);

  const Manifest& manifest() const override { return serving_->manifest; }
  const std::string& adapter_hash() const override { return serving_->adapter_hash; }
  const EngineInfo& info() const override { return info_; }
  Result<std::unique_ptr<PreparedNetwork>> prepare(
      std::shared_ptr<const NetworkOverlay> overlay) const override;
  std::unique_ptr<PreparedNetwork> replace(std::unique_ptr<PreparedNetwork> next) override;
  Result<void> score(std::span<const Window* const> windows, ScoreBatch& out) override;

 private:
  struct Prepared : PreparedNetwork {
    const TorchEngine* engine = nullptr;
    Manifest manifest;
    std::string adapter_hash;
    std::unique_ptr<const FoldedSeisMollm> network;  // null while the runner has it
  };

  TorchEngine(std::shared_ptr<const BaseWeights> base, std::size_t max_batch)
      : base_(std::move(base)), max_batch_(max_batch) {}

  static Result<std::shared_ptr<const BaseWeights>> base_of(const EngineOptions& options);
  Result<void> start(const EngineOptions& options);
  /// What serves with `overlay`; its network is left to the caller.
  std::unique_ptr<Prepared> describe(const NetworkOverlay* overlay) const;
  Result<std::unique_ptr<const TorchSeisMollm>> assemble_for_task(
      const NetworkOverlay* overlay) const;
  Result<std::unique_ptr<const FoldedSeisMollm>> fold(const NetworkOverlay* overlay) const;
  Result<void> check_golden(const FoldedSeisMollm& network, const NetworkOverlay& overlay) const;

  // Constant after open(), so that prepare() may read them in any thread.
  std::shared_ptr<const BaseWeights> base_;
  std::size_t max_batch_;
  EngineInfo info_;
  Task task_ = Task::kDpk;
  SeisMollmGeometry geometry_;  // but for LoRA
  OutputShape output_;

  std::unique_ptr<Runner> runner_;
  // Thread of score(), as the runner's run() and replace().
  std::unique_ptr<Prepared> serving_;
  std::string device_failure_;  // of a replace(); the next score() tells
};

}  // namespace geod::models
