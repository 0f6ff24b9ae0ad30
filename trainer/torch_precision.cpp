#include "trainer/torch_precision.hpp"

#include <ATen/autocast_mode.h>

namespace geod::trainer {

Bfloat16Scope::Bfloat16Scope(bool on, at::DeviceType device) : on_(on), device_(device) {
  if (on_) {
    at::autocast::set_autocast_dtype(device_, at::kBFloat16);
    at::autocast::set_autocast_enabled(device_, true);
  }
}

Bfloat16Scope::~Bfloat16Scope() {
  if (on_) {
    at::autocast::set_autocast_enabled(device_, false);
    at::autocast::clear_cache();
  }
}

}  // namespace geod::trainer
