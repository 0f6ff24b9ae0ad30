#include "models/torch_inversion_engine.hpp"

#include <cmath>
#include <utility>

#include "models/golden_image.hpp"
#include "models/inversion_scaling.hpp"

namespace geod::models {
namespace {

const Manifest& manifest_of(const BaseWeights& base, const NetworkOverlay* overlay) {
  return overlay == nullptr ? base.manifest : overlay->manifest;
}

}  // namespace

Result<std::unique_ptr<const TorchInversionNet>> assemble_inversion(const BaseWeights& base,
                                                                    const NetworkOverlay* overlay) {
  auto tensors = overlaid(base, overlay);
  if (!tensors) {
    return tl::unexpected(tensors.error());
  }
  return std::make_unique<const TorchInversionNet>(manifest_of(base, overlay).inversion,
                                                   std::move(*tensors));
}

Result<std::unique_ptr<InversionEngine>> TorchInversionEngine::open(const EngineOptions& options) {
  auto base = base_of(options, base_beside(options), InputKind::kShots);
  if (!base) {
    return tl::unexpected(base.error());
  }
  std::unique_ptr<TorchInversionEngine> engine(
      new TorchInversionEngine(std::move(*base), options.max_batch));
  if (auto ok = engine->start(options); !ok) {
    return fail_with(ok.error(), options.model_directory.string());
  }
  return engine;
}

Result<void> TorchInversionEngine::start(const EngineOptions& options) {
  const EngineOptions chosen = chosen_beside(options);
  const NetworkOverlay* overlay = options.overlay.get();
  const auto network = assemble_inversion(*base_, overlay);
  if (!network) {
    return tl::unexpected(network.error());
  }
  info_.parameters = parameters_of((*network)->tensors());
  auto runner = make_inversion_runner(
      **network, manifest_of(*base_, overlay).inversion_settings, chosen, info_);
  if (!runner) {
    return tl::unexpected(runner.error());
  }
  runner_ = std::move(*runner);
  auto checked = make_checked(overlay);
  if (!checked) {
    return tl::unexpected(checked.error());
  }
  network_ = std::move(*checked);
  serving_ = describe(overlay);
  return {};
}

Result<std::unique_ptr<const FoldedInversion>> TorchInversionEngine::make(
    const NetworkOverlay* overlay) const {
  const auto network = assemble_inversion(*base_, overlay);
  if (!network) {
    return tl::unexpected(network.error());
  }
  return runner_->place(**network, manifest_of(*base_, overlay).inversion_settings);
}

std::vector<float> TorchInversionEngine::run_golden(const FoldedInversion& network,
                                                    const NetworkOverlay&) const {
  const InversionGeometry& g = network.geometry();
  const Shots shots = golden_shots(g);
  const Shots* const batch[] = {&shots};
  std::vector<float> map(static_cast<std::size_t>(g.depths * g.offsets));
  runner_->run(network, batch, map);
  return golden_grid(map, 1, g.depths, g.offsets);
}

std::unique_ptr<const FoldedInversion> TorchInversionEngine::exchange(
    std::unique_ptr<const FoldedInversion> next) {
  network_.swap(next);
  return next;
}

Result<void> TorchInversionEngine::invert(std::span<const Shots* const> batch, VelocityMaps& out) {
  GEOD_CHECK(batch.size() <= max_batch_, "batch above max_batch");
  const InversionGeometry& g = network_->geometry();
  for (const Shots* shots : batch) {
    if (auto ok = check_shots(*shots, g); !ok) {
      return ok;
    }
  }
  if (!device_failure_.empty()) {
    return fail(Errc::kDevice, "{}: {}", info_.device, device_failure_);
  }
  out.maps = batch.size();
  out.depths = g.depths;
  out.offsets = g.offsets;
  out.m_s.resize(out.maps * static_cast<std::size_t>(g.depths * g.offsets));
  try {
    runner_->run(*network_, batch, out.m_s);
  } catch (const std::exception& error) {
    return fail(Errc::kDevice, "{}: {}", info_.device, one_line(error));
  }
  const InversionScaling scaling(network_->settings());
  for (float& value : out.m_s) {
    if (!std::isfinite(value)) {
      return fail(Errc::kDevice, "{}: a velocity is not finite", info_.device);
    }
    value = scaling.velocity_m_s(value);
  }
  return {};
}

}  // namespace geod::models
