#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "models/inversion.hpp"

namespace geod::test {

/// A small network of fwi: 2 sources, 6 samples, 4 receivers into 3 x 5 cells.
inline models::Manifest small_inverter() {
  models::Manifest manifest;
  manifest.name = "small";
  manifest.version = "1";
  manifest.family = models::kInversionFamily;
  manifest.task = models::Task::kFwi;
  manifest.weights_sha256 = std::string(64, 'c');
  manifest.inversion.sources = 2;
  manifest.inversion.times = 6;
  manifest.inversion.receivers = 4;
  manifest.inversion.depths = 3;
  manifest.inversion.offsets = 5;
  return manifest;
}

/// Engine without a network: every cell is the first amplitude, plus the tensor "shift" of the
/// bundle that serves.
class FakeInverter final : public models::InversionEngine {
 public:
  FakeInverter() : base_(small_inverter(), "", 0.0F) {
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
      prepared->shift = overlay->tensors.at("shift").values.at(0);
    }
    return prepared;
  }

  std::unique_ptr<models::PreparedNetwork> replace(
      std::unique_ptr<models::PreparedNetwork> next) override {
    std::unique_ptr<Prepared> before = std::move(serving_);
    serving_.reset(dynamic_cast<Prepared*>(next.release()));
    return before;
  }

  Result<void> invert(std::span<const models::Shots* const> batch,
                      models::VelocityMaps& out) override {
    batches.push_back(batch.size());
    if (on_batch) {
      on_batch();
    }
    if (fails) {
      return fail(Errc::kDevice, "the device is gone");
    }
    out.maps = batch.size();
    out.depths = manifest().inversion.depths;
    out.offsets = manifest().inversion.offsets;
    out.m_s.clear();
    for (const models::Shots* shots : batch) {
      out.m_s.insert(out.m_s.end(),
                     static_cast<std::size_t>(out.depths * out.offsets),
                     shots->amplitudes.front() + serving_->shift);
    }
    return {};
  }

  std::vector<std::size_t> batches;  ///< sets of each call
  std::function<void()> on_batch;
  bool fails = false;

 private:
  struct Prepared : models::PreparedNetwork {
    Prepared(models::Manifest manifest_of, std::string hash, float by)
        : manifest(std::move(manifest_of)), adapter_hash(std::move(hash)), shift(by) {}
    models::Manifest manifest;
    std::string adapter_hash;
    float shift;
  };

  Prepared base_;
  models::EngineInfo info_{.device = "none", .precision = "float32", .threads = 1};
  std::unique_ptr<Prepared> serving_;
};

}  // namespace geod::test
