#include "core/continuity.hpp"

namespace geod {

std::string_view to_string(ContinuityKind kind) {
  switch (kind) {
    case ContinuityKind::kGap:
      return "gap";
    case ContinuityKind::kOverlap:
      return "overlap";
    case ContinuityKind::kDuplicate:
      return "duplicate";
    case ContinuityKind::kConflict:
      return "conflict";
    case ContinuityKind::kLate:
      return "late";
    case ContinuityKind::kTimeStep:
      return "time_step";
    case ContinuityKind::kRateChange:
      return "rate_change";
    case ContinuityKind::kShed:
      return "shed";
  }
  return "unknown";
}

}  // namespace geod
