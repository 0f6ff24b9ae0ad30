#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "models/inversion.hpp"
#include "models/torch_host.hpp"
#include "models/torch_inversion_runner.hpp"

namespace geod::models {

/// The InversionEngine over LibTorch: an InversionNet, with or without an overlay, on one device.
/// What an adapter changes is folded into the kernels when it is prepared, so that it costs nothing
/// when it serves.
class TorchInversionEngine : public TorchHost<InversionEngine, FoldedInversion> {
 public:
  /// Loads and checks the folder, lays the overlay over it, picks device and precision, warms up.
  /// Errors of load_manifest, load_base and prepare(); kUnsupported for a folder of another family;
  /// kConfig for impossible options; kDevice.
  static Result<std::unique_ptr<InversionEngine>> open(const EngineOptions& options);

  Result<void> invert(std::span<const Shots* const> batch, VelocityMaps& out) override;

 protected:
  Result<std::unique_ptr<const FoldedInversion>> make(const NetworkOverlay* overlay) const override;
  std::vector<float> run_golden(const FoldedInversion& network,
                                const NetworkOverlay& overlay) const override;
  std::unique_ptr<const FoldedInversion> exchange(
      std::unique_ptr<const FoldedInversion> next) override;

 private:
  using TorchHost::TorchHost;

  Result<void> start(const EngineOptions& options);

  std::optional<InversionRunner> runner_;           // constant after open()
  std::unique_ptr<const FoldedInversion> network_;  // thread of invert()
};

/// The network of the base with `overlay` (null: the base's own), unfolded, sharing the tensors of
/// both. kModelMismatch, see check_overlay.
Result<std::unique_ptr<const TorchInversionNet>> assemble_inversion(const BaseWeights& base,
                                                                    const NetworkOverlay* overlay);

}  // namespace geod::models
