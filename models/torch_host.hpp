#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "models/engine.hpp"
#include "models/torch_base.hpp"
#include "models/torch_errors.hpp"
#include "models/torch_tuning.hpp"

namespace geod::models {

/// The base of the folder of `options`, or that of the engine beside (null: none) if it is the same
/// model. kConfig when max_batch or threads cannot be; kUnsupported where its family cannot be
/// served; errors of load_manifest and load_base.
Result<std::shared_ptr<const BaseWeights>> base_of(const EngineOptions& options,
                                                   std::shared_ptr<const BaseWeights> beside,
                                                   InputKind input);

/// How many numbers the tensors hold.
std::int64_t parameters_of(const TensorTable& tensors);

/// kModelMismatch when outputs of a golden case are not those of the bundle. In reduced precision
/// they may differ by what that may.
///
/// @param range  of the task's outputs.
Result<void> check_golden_output(const NetworkOverlay& overlay,
                                 const std::vector<float>& output,
                                 double range,
                                 Precision precision);

/// What the engines over LibTorch have in common: a base, what serves on it, and its exchange.
///
/// @tparam Interface  Engine or SegmentationEngine.
/// @tparam Network  what is computed with, folded and on the device.
template <class Interface, class Network>
class TorchHost : public Interface {
 public:
  const Manifest& manifest() const override { return serving_->manifest; }
  const std::string& adapter_hash() const override { return serving_->adapter_hash; }
  const EngineInfo& info() const override { return info_; }

  Result<std::unique_ptr<PreparedNetwork>> prepare(
      std::shared_ptr<const NetworkOverlay> overlay) const override {
    auto network = make_checked(overlay.get());
    if (!network) {
      return tl::unexpected(network.error());
    }
    auto prepared = describe(overlay.get());
    prepared->network = std::move(*network);
    return prepared;
  }

  std::unique_ptr<PreparedNetwork> replace(std::unique_ptr<PreparedNetwork> next) override {
    auto* const prepared = dynamic_cast<Prepared*>(next.get());
    GEOD_CHECK(prepared != nullptr && prepared->host == this, "prepared by another engine");
    try {
      serving_->network = exchange(std::move(prepared->network));
    } catch (const std::exception& error) {
      device_failure_ = one_line(error);
      return next;
    }
    std::unique_ptr<Prepared> before = std::move(serving_);
    static_cast<void>(next.release());
    serving_.reset(prepared);
    return before;
  }

 protected:
  struct Prepared : PreparedNetwork {
    const TorchHost* host = nullptr;
    Manifest manifest;
    std::string adapter_hash;
    std::unique_ptr<const Network> network;  // null while it serves
  };

  TorchHost(std::shared_ptr<const BaseWeights> base, std::size_t max_batch)
      : base_(std::move(base)), max_batch_(max_batch) {}

  /// The base of an engine of this kind that is open; null for none.
  static std::shared_ptr<const BaseWeights> base_beside(const EngineOptions& options) {
    if (options.beside == nullptr) {
      return nullptr;
    }
    const auto* other = dynamic_cast<const TorchHost*>(options.beside);
    GEOD_CHECK(other != nullptr, "beside an engine of another kind");
    return other->base_;
  }

  /// `options` with device, precision and threads of the engine beside, if any, whose info() this
  /// one then begins with.
  EngineOptions chosen_beside(EngineOptions options) {
    if (options.beside != nullptr) {
      info_ = options.beside->info();
      options.device = info_.device_kind;
      options.precision = info_.precision_kind;
      options.threads = info_.threads;
    }
    return options;
  }

  /// The network of the base with `overlay`, ready for the device. May throw c10::Error.
  virtual Result<std::unique_ptr<const Network>> make(const NetworkOverlay* overlay) const = 0;
  /// Its outputs for the golden case, as GoldenCase holds them. May throw.
  virtual std::vector<float> run_golden(const Network& network,
                                        const NetworkOverlay& overlay) const = 0;
  /// Computes with `next` from the next batch on; returns what served. May throw.
  virtual std::unique_ptr<const Network> exchange(std::unique_ptr<const Network> next) = 0;

  /// make() and the golden case, if any.
  Result<std::unique_ptr<const Network>> make_checked(const NetworkOverlay* overlay) const {
    try {
      const OneThread one_thread;
      auto network = make(overlay);
      if (network && overlay != nullptr && overlay->golden) {
        const auto output = run_golden(**network, *overlay);
        const double range = output_range(overlay->manifest.task);
        if (auto ok = check_golden_output(*overlay, output, range, info_.precision_kind); !ok) {
          return tl::unexpected(ok.error());
        }
      }
      return network;
    } catch (const std::exception& error) {
      return fail(Errc::kDevice, "{}: {}", info_.device, one_line(error));
    }
  }

  /// What serves with `overlay`; its network is left to the caller.
  std::unique_ptr<Prepared> describe(const NetworkOverlay* overlay) const {
    auto prepared = std::make_unique<Prepared>();
    prepared->host = this;
    prepared->manifest = overlay == nullptr ? base_->manifest : overlay->manifest;
    prepared->adapter_hash = overlay == nullptr ? "" : overlay->adapter_hash;
    return prepared;
  }

  // Constant once open, so that prepare() may read them in any thread.
  std::shared_ptr<const BaseWeights> base_;
  std::size_t max_batch_;
  EngineInfo info_;

  // Thread that scores.
  std::unique_ptr<Prepared> serving_;
  std::string device_failure_;  // of a replace(); the next batch tells
};

}  // namespace geod::models
