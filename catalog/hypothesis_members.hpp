#pragma once

#include <cstddef>
#include <vector>

#include "catalog/event_hypothesis.hpp"

namespace geod::catalog {

/// An arrival must be worth this much (log odds), and this much more than what it takes its place
/// of.
constexpr double kLeastGain = 0.5;

/// Index of the member at the same site and phase, or the number of members.
std::size_t rival_of(const Hypothesis& hypothesis,
                     const SweepPick& pick,
                     const std::vector<SweepPick>& picks);

/// Whether S stays after P at the site of `pick` when it becomes a member.
bool keeps_s_after_p(const Hypothesis& hypothesis,
                     const SweepPick& pick,
                     const std::vector<SweepPick>& picks);

void add_member(Hypothesis& hypothesis, int pick, double gain, const std::vector<SweepPick>& picks);

/// What a member is worth to its hypothesis, at least nothing.
double worth_of(const Hypothesis& hypothesis, int pick);

}  // namespace geod::catalog
