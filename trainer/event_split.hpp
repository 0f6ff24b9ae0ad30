#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "trainer/recording.hpp"
#include "trainer/split_shares.hpp"

namespace geod::trainer {

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
