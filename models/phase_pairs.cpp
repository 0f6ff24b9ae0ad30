#include "models/phase_pairs.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <tuple>
#include <utility>

namespace geod::models {
namespace {

bool comes_before(const ColumnRun& a, const ColumnRun& b) {
  return std::tie(a.column, a.from) < std::tie(b.column, b.from);
}

/// The first run of every column whose begin was seen; ascending in column.
std::vector<const ColumnRun*> begins_of(const MaskEvent& part) {
  std::vector<const ColumnRun*> begins;
  for (const ColumnRun& run : part.runs) {
    if (run.has_onset && (begins.empty() || begins.back()->column != run.column)) {
      begins.push_back(&run);
    }
  }
  return begins;
}

double share(std::ptrdiff_t count, std::size_t of) {
  return of == 0 ? 0.0 : static_cast<double>(count) / static_cast<double>(of);
}

bool lacks_s(const std::vector<const ColumnRun*>& begins) {
  const auto as_p = std::count_if(
      begins.begin(), begins.end(), [](const ColumnRun* run) { return !run->begins_as_s; });
  const auto with_s = std::count_if(
      begins.begin(), begins.end(), [](const ColumnRun* run) { return run->s_from >= 0; });
  return share(as_p, begins.size()) >= PhasePairs::kMost &&
         share(with_s, begins.size()) < PhasePairs::kMost;
}

bool is_second_front(const MaskEvent& later, const MaskEvent& earlier, double longest_rows) {
  const auto first = begins_of(earlier);
  const auto second = begins_of(later);
  std::size_t shared = 0;
  std::ptrdiff_t after = 0;
  std::ptrdiff_t with_own_s = 0;
  auto p = first.begin();
  for (const ColumnRun* run : second) {
    with_own_s += run->s_from - run->from > PhasePairs::kOwnS ? 1 : 0;
    while (p != first.end() && (*p)->column < run->column) {
      ++p;
    }
    if (p == first.end() || (*p)->column != run->column) {
      continue;
    }
    ++shared;
    const auto delay = static_cast<double>(run->from - (*p)->from);
    after += delay > 0.0 && delay <= longest_rows ? 1 : 0;
  }
  return share(static_cast<std::ptrdiff_t>(shared), second.size()) >= PhasePairs::kMost &&
         share(after, shared) >= PhasePairs::kNearlyAll &&
         share(with_own_s, second.size()) < PhasePairs::kMost;
}

/// `second` becomes the S of `part`.
void add_second_front(MaskEvent second, MaskEvent& part) {
  for (ColumnRun& run : second.runs) {
    if (run.has_onset) {
      run.begins_as_s = true;
      run.s_from = run.from;
      run.s_mass = run.probability_sum;
    }
  }
  std::vector<ColumnRun> runs;
  std::merge(part.runs.begin(),
             part.runs.end(),
             second.runs.begin(),
             second.runs.end(),
             std::back_inserter(runs),
             comes_before);
  part.runs = std::move(runs);
  part.decided_row = std::max(part.decided_row, second.decided_row);
  part.max_probability = std::max(part.max_probability, second.max_probability);
  part.is_cut = part.is_cut || second.is_cut;
}

}  // namespace

/// Puts together what belongs together, the part that begins first first.
void PhasePairs::join(double longest_rows) {
  std::stable_sort(waiting_.begin(), waiting_.end(), [](const Waiting& a, const Waiting& b) {
    return a.first_row < b.first_row;
  });
  for (auto first = waiting_.begin(); first != waiting_.end(); ++first) {
    if (!first->lacks_s) {
      continue;
    }
    const auto second = std::find_if(std::next(first), waiting_.end(), [&](const Waiting& each) {
      return is_second_front(each.part, first->part, longest_rows);
    });
    if (second != waiting_.end()) {
      add_second_front(std::move(second->part), first->part);
      first->lacks_s = false;
      waiting_.erase(second);
    }
  }
}

void PhasePairs::push(std::vector<MaskEvent> parts,
                      const MaskEvents& looked_at,
                      std::int64_t tile_rows,
                      std::vector<MaskEvent>& out) {
  const auto tile = static_cast<double>(tile_rows);
  const std::int64_t wait = std::llround((kBothInOneTile + kLongestSecond) * tile);
  const std::int64_t decided_row = looked_at.next_row();
  for (MaskEvent& part : parts) {
    const auto begins = begins_of(part);
    Waiting waiting;
    waiting.lacks_s = lacks_s(begins);
    waiting.first_row = part.runs.front().from;
    for (const ColumnRun& run : part.runs) {
      waiting.first_row = std::min(waiting.first_row, run.from);
    }
    std::int64_t last_begin = 0;
    for (const ColumnRun* run : begins) {
      last_begin = std::max(last_begin, run->from);
    }
    waiting.second_until = last_begin + std::min(wait, kLongestWait);
    waiting.first_until = part.decided_row + kLongestWait;
    waiting.part = std::move(part);
    waiting_.push_back(std::move(waiting));
  }
  join(kBothInOneTile * tile);
  const auto due =
      std::stable_partition(waiting_.begin(), waiting_.end(), [&](const Waiting& each) {
        return (each.lacks_s && decided_row < each.second_until) ||
               (decided_row < each.first_until &&
                looked_at.is_on_from(each.first_row - wait, each.first_row));
      });
  for (auto each = due; each != waiting_.end(); ++each) {
    out.push_back(std::move(each->part));
  }
  waiting_.erase(due, waiting_.end());
}

void PhasePairs::finish(std::vector<MaskEvent>& out) {
  for (Waiting& each : waiting_) {
    out.push_back(std::move(each.part));
  }
  waiting_.clear();
}

}  // namespace geod::models
