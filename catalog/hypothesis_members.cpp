#include "catalog/hypothesis_members.hpp"

#include <algorithm>

namespace geod::catalog {

std::size_t rival_of(const Hypothesis& hypothesis,
                     const SweepPick& pick,
                     const std::vector<SweepPick>& picks) {
  for (std::size_t i = 0; i < hypothesis.members.size(); ++i) {
    const SweepPick& other = picks[static_cast<std::size_t>(hypothesis.members[i].pick)];
    if (other.site == pick.site && other.phase == pick.phase) {
      return i;
    }
  }
  return hypothesis.members.size();
}

bool keeps_s_after_p(const Hypothesis& hypothesis,
                     const SweepPick& pick,
                     const std::vector<SweepPick>& picks) {
  return std::none_of(
      hypothesis.members.begin(), hypothesis.members.end(), [&](const Hypothesis::Member& member) {
        const SweepPick& other = picks[static_cast<std::size_t>(member.pick)];
        return other.site == pick.site && other.phase != pick.phase &&
               (pick.phase == Phase::kS ? pick.time_s <= other.time_s
                                        : pick.time_s >= other.time_s);
      });
}

void add_member(Hypothesis& hypothesis,
                int pick,
                double gain,
                const std::vector<SweepPick>& picks) {
  const auto at =
      std::lower_bound(hypothesis.members.begin(),
                       hypothesis.members.end(),
                       pick,
                       [&](const Hypothesis::Member& member, int value) {
                         return comes_before(picks[static_cast<std::size_t>(member.pick)],
                                             picks[static_cast<std::size_t>(value)]);
                       });
  hypothesis.members.insert(at, {pick, gain});
}

double worth_of(const Hypothesis& hypothesis, int pick) {
  const auto member = std::find_if(
      hypothesis.members.begin(), hypothesis.members.end(), [pick](const Hypothesis::Member& each) {
        return each.pick == pick;
      });
  return std::max(member->gain, 0.0);
}

}  // namespace geod::catalog
