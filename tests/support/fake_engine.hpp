#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include "core/window.hpp"
#include "models/engine.hpp"

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

/// Engine without a network; windows of any length.
class FakeEngine final : public models::Engine {
 public:
  explicit FakeEngine(models::Manifest manifest) : manifest_(std::move(manifest)) {}
  const models::Manifest& manifest() const override { return manifest_; }
  const models::EngineInfo& info() const override { return info_; }

  Result<void> score(std::span<const Window* const> windows, models::ScoreBatch& out) override {
    out.windows = windows.size();
    out.classes = 2;
    out.samples = windows.empty() ? 0 : static_cast<std::size_t>(windows.front()->samples);
    out.values.clear();
    for (const Window* window : windows) {
      if (static_cast<std::size_t>(window->samples) != out.samples) {
        return fail(Errc::kModelMismatch, "windows of two lengths in one batch");
      }
      const auto p = onset_scores(*window, {Component::kZ});
      const auto s = onset_scores(*window, {Component::kN, Component::kE});
      out.values.insert(out.values.end(), p.begin(), p.end());
      out.values.insert(out.values.end(), s.begin(), s.end());
    }
    return {};
  }

 private:
  models::Manifest manifest_;
  models::EngineInfo info_{.device = "none", .precision = "float32", .threads = 1};
};

}  // namespace geod::test
