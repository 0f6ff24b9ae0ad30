#include "trainer/engine_inverter.hpp"

#include <algorithm>
#include <vector>

#include "models/inversion_scaling.hpp"

namespace geod::trainer {

InvertFunction engine_inverter(models::InversionEngine& engine, std::size_t max_batch) {
  return [&engine, max_batch](std::span<const float> amplitudes,
                              const models::InversionSettings& settings,
                              std::vector<float>& maps) -> Result<void> {
    const models::InversionGeometry& geometry = engine.manifest().inversion;
    const models::InversionScaling scaling(settings);
    const auto values =
        static_cast<std::size_t>(geometry.sources * geometry.times * geometry.receivers);
    maps.clear();
    std::vector<models::Shots> shots;
    for (std::size_t first = 0; first < amplitudes.size(); first += values) {
      const auto sample = amplitudes.subspan(first, values);
      shots.push_back({geometry.sources,
                       geometry.times,
                       geometry.receivers,
                       std::vector<float>(sample.begin(), sample.end())});
    }
    models::VelocityMaps out;
    for (std::size_t first = 0; first < shots.size(); first += max_batch) {
      std::vector<const models::Shots*> batch;
      for (std::size_t i = first; i < std::min(first + max_batch, shots.size()); ++i) {
        batch.push_back(&shots[i]);
      }
      if (auto inverted = engine.invert(batch, out); !inverted) {
        return inverted;
      }
      for (const float velocity_m_s : out.m_s) {
        maps.push_back(scaling.velocity(velocity_m_s));
      }
    }
    return {};
  };
}

}  // namespace geod::trainer
