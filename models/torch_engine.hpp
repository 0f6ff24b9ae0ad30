#pragma once

#include <memory>

#include "models/engine.hpp"
#include "models/torch_host.hpp"
#include "models/torch_runner.hpp"

namespace geod::models {

/// The Engine over LibTorch: a model folder, with or without an overlay, on one device.
class TorchEngine : public TorchHost<Engine, FoldedSeisMollm> {
 public:
  /// Loads and checks the folder, lays the overlay over it, picks device, precision and threads,
  /// warms up. Errors of load_manifest, load_base and prepare(); kUnsupported for a folder of
  /// another family than "seismollm"; kConfig for impossible options; kDevice.
  static Result<std::unique_ptr<Engine>> open(const EngineOptions& options);

  Result<void> score(std::span<const Window* const> windows, ScoreBatch& out) override;

 protected:
  Result<std::unique_ptr<const FoldedSeisMollm>> make(const NetworkOverlay* overlay) const override;
  std::vector<float> run_golden(const FoldedSeisMollm& network,
                                const NetworkOverlay& overlay) const override;
  std::unique_ptr<const FoldedSeisMollm> exchange(
      std::unique_ptr<const FoldedSeisMollm> next) override {
    return runner_->replace(std::move(next));
  }

 private:
  using TorchHost::TorchHost;

  Result<void> start(const EngineOptions& options);
  Result<std::unique_ptr<const TorchSeisMollm>> assemble_for_task(
      const NetworkOverlay* overlay) const;

  // Constant after open(), so that prepare() may read them in any thread.
  Task task_ = Task::kDpk;
  SeisMollmGeometry geometry_;  // but for LoRA
  OutputShape output_;

  std::unique_ptr<Runner> runner_;  // thread of score(), as its run() and replace()
};

}  // namespace geod::models
