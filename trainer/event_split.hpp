#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "trainer/recording.hpp"

namespace geod::trainer {

/// Shares of a split; what is left over is for testing.
struct SplitShares {
  double train = 0.8;
  double validation = 0.1;
};

/// Reads "0.8/0.1/0.1". kConfig unless they are three numbers from 0 that add up to 1.
Result<SplitShares> parse_split(std::string_view text);

/// Sets the part of every recording. All recordings of one event come into the same part, and so
/// do those of one instrument's recordings without an event name as single ones. The shares count
/// recordings; the order of the events depends on the seed and their names alone, so a set that
/// grows keeps most of its split. Noise is split as well.
void split_by_event(std::span<Recording> recordings, const SplitShares& shares, std::uint64_t seed);

/// As published: rows, not events, in the order of pandas' sample(frac=1, random_state=seed); the
/// same earthquake lies in several parts.
void split_by_row(std::span<Recording> recordings, const SplitShares& shares, std::uint32_t seed);

/// NumPy's RandomState(seed).permutation(count), for count below 2^32.
std::vector<std::uint32_t> numpy_permutation(std::uint32_t count, std::uint32_t seed);

}  // namespace geod::trainer
