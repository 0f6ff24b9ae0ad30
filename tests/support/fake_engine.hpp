#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/window.hpp"
#include "models/engine.hpp"
#include "models/tensor_specs.hpp"

namespace geod::test {

/// Onset detector that stands in for a network: a function of the window's data alone, local, with
/// smooth peaks. P from the vertical, S from the horizontals: log ratio of the energy of the second
/// after a sample to that of the second before, 0 at a ratio of 2 and 1 at 1000.
inline std::vector<float> onset_scores(const Window& window, std::initializer_list<Component> of) {
  const auto length = static_cast<std::size_t>(window.samples);
  const auto span = static_cast<std::size_t>(window.rate.hz());
  std::vector<double> energy(length + 1, 0.0);
  for (const Component component : of) {
    const float* row = window.data.data() + static_cast<std::size_t>(component) * length;
    for (std::size_t n = 0; n < length; ++n) {
      const double change =
          n == 0 ? 0.0 : static_cast<double>(row[n]) - static_cast<double>(row[n - 1]);
      energy[n + 1] += change * change;
    }
  }
  for (std::size_t n = 0; n < length; ++n) {
    energy[n + 1] += energy[n];
  }
  std::vector<float> scores(length, 0.0F);
  for (std::size_t n = span; n + span <= length; ++n) {
    const double after = energy[n + span] - energy[n] + 1.0;
    const double before = energy[n] - energy[n - span] + 1.0;
    scores[n] =
        static_cast<float>(std::clamp(std::log(after / before / 2.0) / std::log(500.0), 0.0, 1.0));
  }
  return scores;
}

/// A bundle for a FakeEngine: serving it, every score of dpk is multiplied by `gain`, and every
/// output of another task, so that rows tell which bundle made them.
inline std::shared_ptr<const models::NetworkOverlay> fake_overlay(models::Manifest manifest,
                                                                  std::string adapter_hash,
                                                                  float gain) {
  auto overlay = std::make_shared<models::NetworkOverlay>();
  overlay->manifest = std::move(manifest);
  overlay->adapter_hash = std::move(adapter_hash);
  overlay->tensors["gain"] = {{1}, {gain}};
  return overlay;
}

/// Engine without a network; windows of any length. Scalar tasks are functions of the window alone:
/// the place of the vertical's largest sample and its sign.
class FakeEngine final : public models::Engine {
 public:
  explicit FakeEngine(models::Manifest manifest) {
    base_.manifest = std::move(manifest);
    serving_ = std::make_unique<Prepared>(base_);
  }

  const models::Manifest& manifest() const override { return serving_->manifest; }
  const std::string& adapter_hash() const override { return serving_->adapter_hash; }
  const models::EngineInfo& info() const override { return info_; }

  /// Refuses a bundle of another base or task.
  Result<std::unique_ptr<models::PreparedNetwork>> prepare(
      std::shared_ptr<const models::NetworkOverlay> overlay) const override {
    auto prepared = std::make_unique<Prepared>(base_);
    if (overlay != nullptr) {
      const models::Manifest& wanted = overlay->manifest;
      if (wanted.task != base_.manifest.task ||
          wanted.weights_sha256 != base_.manifest.weights_sha256) {
        return fail(Errc::kModelMismatch, "{}: of another base or task", wanted.model_id());
      }
      prepared->manifest = wanted;
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

  Result<void> score(std::span<const Window* const> windows, models::ScoreBatch& out) override {
    const bool is_picker = manifest().task == models::Task::kDpk;
    out.windows = windows.size();
    out.classes = is_picker ? 2 : static_cast<std::size_t>(models::scalar_outputs(manifest().task));
    out.samples = windows.empty() ? 0 : static_cast<std::size_t>(windows.front()->samples);
    out.values.clear();
    for (const Window* window : windows) {
      if (static_cast<std::size_t>(window->samples) != out.samples) {
        return fail(Errc::kModelMismatch, "windows of two lengths in one batch");
      }
      if (is_picker) {
        add_picks(*window, out.values);
      } else {
        add_scalars(*window, out.values);
      }
    }
    out.samples = is_picker ? out.samples : 1;
    for (float& value : out.values) {
      value *= serving_->gain;
    }
    return {};
  }

 private:
  struct Prepared : models::PreparedNetwork {
    models::Manifest manifest;
    std::string adapter_hash;
    float gain = 1.0F;
  };

  static void add_picks(const Window& window, std::vector<float>& values) {
    const auto p = onset_scores(window, {Component::kZ});
    const auto s = onset_scores(window, {Component::kN, Component::kE});
    values.insert(values.end(), p.begin(), p.end());
    values.insert(values.end(), s.begin(), s.end());
  }

  void add_scalars(const Window& window, std::vector<float>& values) const {
    const std::span<const float> vertical =
        std::span(window.data).first(static_cast<std::size_t>(window.samples));
    const auto largest = std::max_element(vertical.begin(), vertical.end(), [](float a, float b) {
      return std::abs(a) < std::abs(b);
    });
    const float place = static_cast<float>(largest - vertical.begin()) /
                        static_cast<float>(std::max<std::size_t>(vertical.size(), 1));
    const bool is_up = !vertical.empty() && *largest > 0.0F;
    switch (manifest().task) {
      case models::Task::kPmp:
        values.insert(values.end(), {is_up ? 0.9F : 0.1F, is_up ? 0.1F : 0.9F});
        break;
      case models::Task::kBaz:
        values.insert(values.end(), {std::cos(6.0F * place), std::sin(6.0F * place)});
        break;
      case models::Task::kEmg:
        values.push_back(static_cast<float>(models::kMaxMagnitude) * place);
        break;
      default:
        values.push_back(static_cast<float>(models::kMaxDistanceKm) * place);
    }
  }

  Prepared base_;
  models::EngineInfo info_{.device = "none", .precision = "float32", .threads = 1};
  std::unique_ptr<Prepared> serving_;
};

}  // namespace geod::test
