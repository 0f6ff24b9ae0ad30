#include "core/das_block.hpp"

namespace geod {

std::string_view to_string(DasUnit unit) {
  switch (unit) {
    case DasUnit::kCount:
      return "count";
    case DasUnit::kStrain:
      return "m/m";
    case DasUnit::kStrainRate:
      return "m/m/s";
    case DasUnit::kVelocity:
      return "m/s";
    case DasUnit::kPhase:
      return "rad";
    case DasUnit::kPhaseRate:
      return "rad/s";
    case DasUnit::kPhaseRatePerDistance:
      return "rad/m/s";
  }
  return "count";
}

std::string_view to_string(FibreGap::Kind kind) {
  switch (kind) {
    case FibreGap::Kind::kMissing:
      return "missing";
    case FibreGap::Kind::kShed:
      return "shed";
    case FibreGap::Kind::kRestart:
      return "restart";
    case FibreGap::Kind::kNewGeometry:
      return "new_geometry";
  }
  return "missing";
}

Time DasBlock::end() const {
  return start + geometry->rate.span_of(samples);
}

}  // namespace geod
