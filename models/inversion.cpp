#include "models/inversion.hpp"

#include <algorithm>
#include <cmath>

#include "models/golden_image.hpp"

namespace geod::models {
namespace {

/// Of golden_image(): its neutral value, and steps a unit of amplitude.
constexpr float kNeutral = 127.0F;
constexpr float kStepsAUnit = 8.0F;

}  // namespace

Result<void> check_shots(const Shots& shots, const InversionGeometry& geometry) {
  const auto values = static_cast<std::size_t>(geometry.sources * geometry.times) *
                      static_cast<std::size_t>(geometry.receivers);
  if (shots.sources != geometry.sources || shots.times != geometry.times ||
      shots.receivers != geometry.receivers || shots.amplitudes.size() != values) {
    return fail(Errc::kModelMismatch,
                "shots of {} sources x {} samples x {} receivers with {} values for a network of "
                "{} x {} x {}",
                shots.sources,
                shots.times,
                shots.receivers,
                shots.amplitudes.size(),
                geometry.sources,
                geometry.times,
                geometry.receivers);
  }
  if (!std::all_of(shots.amplitudes.begin(), shots.amplitudes.end(), [](float value) {
        return std::isfinite(value);
      })) {
    return fail(Errc::kModelMismatch, "the shots hold a value that is not finite");
  }
  return {};
}

Shots golden_shots(const InversionGeometry& geometry) {
  const Tile image = golden_image(geometry.times, geometry.receivers);
  Shots shots{geometry.sources, geometry.times, geometry.receivers, {}};
  shots.amplitudes.reserve(static_cast<std::size_t>(geometry.sources) * image.values.size());
  for (std::int64_t source = 0; source < geometry.sources; ++source) {
    const std::int64_t moved = source * geometry.receivers / geometry.sources;
    for (std::int64_t time = 0; time < geometry.times; ++time) {
      for (std::int64_t receiver = 0; receiver < geometry.receivers; ++receiver) {
        const std::int64_t column = (receiver + moved) % geometry.receivers;
        const float value =
            image.values[static_cast<std::size_t>(time * geometry.receivers + column)];
        shots.amplitudes.push_back((value - kNeutral) / kStepsAUnit);
      }
    }
  }
  return shots;
}

}  // namespace geod::models
