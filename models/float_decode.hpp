#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace geod::models {

/// IEEE 754 binary16 to float32, subnormals, infinities and NaN included.
inline float half_to_float(std::uint16_t half) {
  const float sign = (half & 0x8000U) != 0 ? -1.0F : 1.0F;
  const int exponent = (half >> 10) & 0x1F;
  const int fraction = half & 0x3FF;
  if (exponent == 0x1F) {
    return fraction != 0 ? std::nanf("") : sign * HUGE_VALF;
  }
  return exponent == 0 ? sign * std::ldexp(static_cast<float>(fraction), -24)
                       : sign * std::ldexp(static_cast<float>(fraction + 0x400), exponent - 25);
}

/// bfloat16 is the upper half of a float32.
inline float bfloat16_to_float(std::uint16_t value) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(value) << 16);
}

}  // namespace geod::models
