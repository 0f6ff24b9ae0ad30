#include "trainer/engine_scorer.hpp"

#include <algorithm>
#include <utility>

namespace geod::trainer {
namespace {

Window to_window(const ScoreInput& input, const SampleRate& rate) {
  Window window;
  window.rate = rate;
  window.samples = input.window.samples;
  window.data = input.window.data;
  window.subsource = {'Z', 'N', 'E'};
  for (std::size_t c = 0; c < kComponents; ++c) {
    if (c > 0 && input.window.vertical_only) {
      window.subsource[c] = '\0';
      window.missing[c].push_back({0, window.samples});
      continue;
    }
    if (input.present_begin > 0) {
      window.missing[c].push_back({0, input.present_begin});
    }
    if (input.present_samples < window.samples) {
      window.missing[c].push_back({input.present_samples, window.samples});
    }
  }
  return window;
}

}  // namespace

ScoreFunction engine_scorer(models::Engine& engine) {
  return [&engine](std::span<const ScoreInput> inputs, std::span<float> scores) -> Result<void> {
    const SampleRate rate = engine.manifest().geometry.sampling_rate;
    std::vector<Window> windows;
    std::ranges::transform(inputs, std::back_inserter(windows), [&](const ScoreInput& input) {
      return to_window(input, rate);
    });
    std::vector<const Window*> batch;
    std::ranges::transform(windows, std::back_inserter(batch), [](const Window& w) { return &w; });
    models::ScoreBatch out;
    if (auto scored = engine.score(batch, out); !scored) {
      return scored;
    }
    GEOD_CHECK(out.values.size() == scores.size(), "engine and evaluation agree on the geometry");
    std::ranges::copy(out.values, scores.begin());
    return {};
  };
}

}  // namespace geod::trainer
