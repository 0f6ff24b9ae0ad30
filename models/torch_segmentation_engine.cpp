#include "models/torch_segmentation_engine.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/golden_image.hpp"
#include "models/network_shape.hpp"

namespace geod::models {
namespace {

Result<void> check_tiles(std::span<const Tile* const> tiles, const SegmenterGeometry& geometry) {
  for (const Tile* tile : tiles) {
    const bool is_whole =
        tile->values.size() == static_cast<std::size_t>(geometry.rows * geometry.columns);
    if (tile->rows != geometry.rows || tile->columns != geometry.columns || !is_whole) {
      return fail(Errc::kModelMismatch,
                  "an image of {} x {} with {} values for a network of {} x {}",
                  tile->rows,
                  tile->columns,
                  tile->values.size(),
                  geometry.rows,
                  geometry.columns);
    }
    if (!std::all_of(tile->values.begin(), tile->values.end(), [](float value) {
          return std::isfinite(value);
        })) {
      return fail(Errc::kModelMismatch, "an image holds a value that is not finite");
    }
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<SegmentationEngine>> TorchSegmentationEngine::open(
    const EngineOptions& options) {
  auto base = base_of(options, base_beside(options), InputKind::kImages);
  if (!base) {
    return tl::unexpected(base.error());
  }
  std::unique_ptr<TorchSegmentationEngine> engine(
      new TorchSegmentationEngine(std::move(*base), options.max_batch));
  if (auto ok = engine->start(options); !ok) {
    return fail_with(ok.error(), options.model_directory.string());
  }
  return engine;
}

Result<void> TorchSegmentationEngine::start(const EngineOptions& options) {
  const EngineOptions chosen = chosen_beside(options);
  task_ = options.task;
  const NetworkOverlay* overlay = options.overlay.get();
  const auto network = assemble(overlay);
  if (!network) {
    return tl::unexpected(network.error());
  }
  info_.parameters = parameters_of((*network)->tensors());
  auto runner = make_segment_runner(**network, chosen, info_);
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
  if (task_ == Task::kDas) {
    fixed_ = network_->geometry();
  }
  return {};
}

Result<std::unique_ptr<const TorchSegmenter>> TorchSegmentationEngine::assemble(
    const NetworkOverlay* overlay) const {
  const Manifest& wanted = overlay == nullptr ? base_->manifest : overlay->manifest;
  if (!is_network(wanted)) {
    return fail(Errc::kModelMismatch,
                "{}: an encoder alone segments nothing; give it an adapter bundle, or train one",
                wanted.model_id());
  }
  auto tensors = overlaid(*base_, overlay);
  if (!tensors) {
    return tl::unexpected(tensors.error());
  }
  if (wanted.task != task_) {
    return fail(Errc::kModelMismatch,
                "{}: a network of task {} where one of {} is needed",
                wanted.model_id(),
                to_string(wanted.task),
                to_string(task_));
  }
  const SegmenterGeometry& g = wanted.segmenter;
  if (fixed_ &&
      (g.rows != fixed_->rows || g.columns != fixed_->columns || g.classes != fixed_->classes)) {
    return fail(Errc::kModelMismatch,
                "{}: tiles of {} x {} with {} classes where {} x {} with {} are cut; restart to "
                "serve it",
                wanted.model_id(),
                g.rows,
                g.columns,
                g.classes,
                fixed_->rows,
                fixed_->columns,
                fixed_->classes);
  }
  // The network that serves shares the base's tensors, but an overlay does not live as long.
  for (auto& [name, tensor] : *tensors) {
    if (overlay != nullptr && overlay->tensors.contains(name)) {
      tensor = tensor.clone();
    }
  }
  return std::make_unique<const TorchSegmenter>(g, std::move(*tensors));
}

Result<std::unique_ptr<const TorchSegmenter>> TorchSegmentationEngine::make(
    const NetworkOverlay* overlay) const {
  const auto network = assemble(overlay);
  if (!network) {
    return tl::unexpected(network.error());
  }
  return runner_->place(**network);
}

std::vector<float> TorchSegmentationEngine::run_golden(const TorchSegmenter& network,
                                                       const NetworkOverlay&) const {
  const SegmenterGeometry& g = network.geometry();
  const Tile image = golden_image(g.rows, g.columns);
  const Tile* const tiles[] = {&image};
  std::vector<float> probabilities(static_cast<std::size_t>(g.classes * g.rows * g.columns));
  runner_->run(network, tiles, probabilities);
  return golden_grid(probabilities, g.classes, g.rows, g.columns);
}

std::unique_ptr<const TorchSegmenter> TorchSegmentationEngine::exchange(
    std::unique_ptr<const TorchSegmenter> next) {
  network_.swap(next);
  return next;
}

Result<void> TorchSegmentationEngine::segment(std::span<const Tile* const> tiles,
                                              SegmentBatch& out) {
  GEOD_CHECK(tiles.size() <= max_batch_, "batch above max_batch");
  const SegmenterGeometry& g = network_->geometry();
  if (auto ok = check_tiles(tiles, g); !ok) {
    return ok;
  }
  if (!device_failure_.empty()) {
    return fail(Errc::kDevice, "{}: {}", info_.device, device_failure_);
  }
  out.tiles = tiles.size();
  out.classes = static_cast<std::size_t>(g.classes);
  out.rows = g.rows;
  out.columns = g.columns;
  out.values.resize(out.tiles * static_cast<std::size_t>(g.classes * g.rows * g.columns));
  try {
    runner_->run(*network_, tiles, out.values);
  } catch (const std::exception& error) {
    return fail(Errc::kDevice, "{}: {}", info_.device, one_line(error));
  }
  for (const float share : out.values) {
    if (!std::isfinite(share)) {
      return fail(Errc::kDevice, "{}: a probability is not finite", info_.device);
    }
  }
  return {};
}

}  // namespace geod::models
