#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "models/segmentation.hpp"

namespace geod::test {

/// A small network for fibres: tiles of 64 rows x 16 columns at 100 Hz and 10 m.
inline models::Manifest small_segmenter(models::Task task = models::Task::kDas) {
  models::Manifest manifest;
  manifest.name = "small";
  manifest.version = "1";
  manifest.family = models::kSegmenterFamily;
  manifest.task = task;
  manifest.weights_sha256 = std::string(64, 'c');
  manifest.segmenter.decoder = models::SegmentDecoder::kLinear;
  manifest.segmenter.rows = 64;
  manifest.segmenter.columns = 16;
  manifest.segments.das.row_hop = 32;
  manifest.segments.das.column_hop = 8;
  manifest.segments.das.min_channels = 8;
  manifest.segments.das.min_rows = 10;
  return manifest;
}

/// Engine without a network: class 1 is as likely as a value lies far from the middle of the scale,
/// whatever lies around it. A bundle multiplies that by its tensor "gain".
class FakeSegmenter final : public models::SegmentationEngine {
 public:
  explicit FakeSegmenter(models::Manifest manifest) {
    base_.manifest = std::move(manifest);
    serving_ = std::make_unique<Prepared>(base_);
  }

  const models::Manifest& manifest() const override { return serving_->manifest; }
  const std::string& adapter_hash() const override { return serving_->adapter_hash; }
  const models::EngineInfo& info() const override { return info_; }

  Result<std::unique_ptr<models::PreparedNetwork>> prepare(
      std::shared_ptr<const models::NetworkOverlay> overlay) const override {
    auto prepared = std::make_unique<Prepared>(base_);
    if (overlay != nullptr) {
      prepared->manifest = overlay->manifest;
      prepared->adapter_hash = overlay->adapter_hash;
      prepared->gain = overlay->tensors.at("gain").values.at(0);
    }
    return prepared;
  }

  std::unique_ptr<models::PreparedNetwork> replace(
      std::unique_ptr<models::PreparedNetwork> next) override {
    auto* const prepared = dynamic_cast<Prepared*>(next.get());
    GEOD_CHECK(prepared != nullptr, "prepared by another engine");
    std::unique_ptr<Prepared> before = std::move(serving_);
    static_cast<void>(next.release());
    serving_.reset(prepared);
    return before;
  }

  Result<void> segment(std::span<const models::Tile* const> tiles,
                       models::SegmentBatch& out) override {
    batches.push_back(tiles.size());
    if (on_batch) {
      on_batch();
    }
    if (fails) {
      return fail(Errc::kDevice, "the device is gone");
    }
    out.tiles = tiles.size();
    out.classes = 2;
    out.rows = manifest().segmenter.rows;
    out.columns = manifest().segmenter.columns;
    out.values.clear();
    for (const models::Tile* tile : tiles) {
      if (tile->rows != out.rows || tile->columns != out.columns) {
        return fail(Errc::kModelMismatch, "a tile of another size");
      }
      std::vector<float> event;
      for (const float value : tile->values) {
        event.push_back(serving_->gain *
                        std::clamp((std::abs(value - 127.0F) - 60.0F) / 30.0F, 0.0F, 1.0F));
      }
      for (const float value : event) {
        out.values.push_back(1.0F - value);
      }
      out.values.insert(out.values.end(), event.begin(), event.end());
    }
    return {};
  }

  std::vector<std::size_t> batches;  ///< tiles of each call
  std::function<void()> on_batch;
  bool fails = false;

 private:
  struct Prepared : models::PreparedNetwork {
    models::Manifest manifest;
    std::string adapter_hash;
    float gain = 1.0F;
  };

  Prepared base_;
  models::EngineInfo info_{.device = "none", .precision = "float32", .threads = 1};
  std::unique_ptr<Prepared> serving_;
};

}  // namespace geod::test
