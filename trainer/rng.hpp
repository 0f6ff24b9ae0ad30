#pragma once

#include <array>
#include <cstdint>

namespace geod::trainer {

/// Seeded random numbers, the same on every platform and standard library (the distributions of
/// <random> are not). Generator: xoshiro256++ of Blackman and Vigna, seeded through splitmix64.
///
/// `Rng(seed, stream)` gives independent sequences for every stream, so that draw number n of a
/// training run depends on (seed, n) alone: not on threads, not on where a run was resumed.
class Rng {
 public:
  explicit Rng(std::uint64_t seed, std::uint64_t stream = 0);

  std::uint64_t next();

  /// In [0, 1).
  double uniform();
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// Logarithmically uniform between two positive numbers.
  double log_uniform(double low, double high);
  bool chance(double probability) { return uniform() < probability; }
  /// In [0, count), count > 0.
  std::int64_t below(std::int64_t count);
  /// Standard normal (polar method).
  double normal();

 private:
  std::array<std::uint64_t, 4> state_;
  double spare_ = 0.0;
  bool has_spare_ = false;
};

}  // namespace geod::trainer
