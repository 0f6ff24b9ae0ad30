#pragma once

#include <cmath>

#include "trainer/recording.hpp"
#include "trainer/rng.hpp"

namespace geod::trainer::test {

/// Noise of deviation 1 with an exponentially decaying burst at every label.
inline Recording bursts(std::vector<PhaseLabel> labels,
                        std::int64_t samples,
                        RecordingKind kind,
                        std::uint64_t seed) {
  Recording recording;
  recording.id = "test";
  recording.kind = kind;
  recording.samples = samples;
  recording.labels = std::move(labels);
  recording.data.resize(3 * static_cast<std::size_t>(samples));
  Rng rng(seed);
  for (std::size_t c = 0; c < 3; ++c) {
    float* out = recording.data.data() + c * static_cast<std::size_t>(samples);
    for (std::int64_t i = 0; i < samples; ++i) {
      double amplitude = 1.0;
      for (const PhaseLabel& label : recording.labels) {
        const double after_s = (static_cast<double>(i) - label.sample) / 100.0;
        if (after_s >= 0.0) {
          amplitude += 20.0 * std::exp(-after_s);
        }
      }
      out[i] = static_cast<float>(amplitude * rng.normal());
    }
  }
  return recording;
}

}  // namespace geod::trainer::test
