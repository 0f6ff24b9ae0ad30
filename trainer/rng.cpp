#include "trainer/rng.hpp"

#include <bit>
#include <cmath>

#include "core/error.hpp"

namespace geod::trainer {
namespace {

std::uint64_t splitmix64(std::uint64_t& state) {
  state += 0x9E3779B97F4A7C15ULL;
  std::uint64_t z = state;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31U);
}

}  // namespace

Rng::Rng(std::uint64_t seed, std::uint64_t stream) : state_{} {
  std::uint64_t mix = seed;
  // The stream enters after one round, so that (seed, stream) and (stream, seed) differ.
  mix = splitmix64(mix) ^ (stream * 0xD1342543DE82EF95ULL);
  for (std::uint64_t& word : state_) {
    word = splitmix64(mix);
  }
}

std::uint64_t Rng::next() {
  const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
  const std::uint64_t shifted = state_[1] << 17U;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

double Rng::uniform() {
  return static_cast<double>(next() >> 11U) * 0x1.0p-53;
}

double Rng::log_uniform(double low, double high) {
  return std::exp(uniform(std::log(low), std::log(high)));
}

std::int64_t Rng::below(std::int64_t count) {
  GEOD_CHECK(count > 0, "Rng::below needs a positive count");
  const auto index = static_cast<std::int64_t>(uniform() * static_cast<double>(count));
  return index < count ? index : count - 1;
}

double Rng::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  double u = 0.0;
  double v = 0.0;
  double radius2 = 0.0;
  do {
    u = uniform(-1.0, 1.0);
    v = uniform(-1.0, 1.0);
    radius2 = u * u + v * v;
  } while (radius2 >= 1.0 || radius2 == 0.0);
  const double scale = std::sqrt(-2.0 * std::log(radius2) / radius2);
  spare_ = v * scale;
  has_spare_ = true;
  return u * scale;
}

}  // namespace geod::trainer
