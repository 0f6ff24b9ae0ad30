#include "trainer/inversion_options.hpp"

namespace geod::trainer {

std::string_view to_string(InversionLoss loss) {
  switch (loss) {
    case InversionLoss::kL1:
      return "l1";
    case InversionLoss::kL1L2:
      return "l1l2";
  }
  return "";
}

std::string_view to_string(InversionSelection selection) {
  switch (selection) {
    case InversionSelection::kLast:
      return "last";
    case InversionSelection::kHeldOut:
      return "held-out";
    case InversionSelection::kPublished:
      return "published";
  }
  return "";
}

}  // namespace geod::trainer
