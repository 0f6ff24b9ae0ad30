#include "trainer/event_groups.hpp"

#include <algorithm>

namespace geod::trainer {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Events whose arrivals are closer than this are one group.
constexpr Duration kLeastApart = seconds{4};
/// Left out on either side of the border between two groups, so that their records do not join.
constexpr Duration kBorder = milliseconds{500};

struct Arrivals {
  Time first;
  Time last;
};

Time halfway(Time from, Time to) {
  return from + (to - from) / 2;
}

}  // namespace

std::vector<EventGroup> group_events(std::span<const LabelledEvent> events,
                                     Duration before,
                                     Duration after) {
  std::vector<EventGroup> groups;
  std::vector<Arrivals> arrivals;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (arrivals.empty() || events[i].first() - arrivals.back().last > kLeastApart) {
      groups.emplace_back();
      arrivals.push_back({events[i].first(), events[i].last()});
    }
    groups.back().events.push_back(i);
    arrivals.back().last = std::max(arrivals.back().last, events[i].last());
  }
  const auto count = static_cast<int>(groups.size());
  for (std::size_t i = 0; i < groups.size(); ++i) {
    TimeSpan& span = groups[i].span;
    span = {arrivals[i].first - before, arrivals[i].last + after};
    if (i > 0) {
      span.from = std::max(span.from, halfway(arrivals[i - 1].last, arrivals[i].first) + kBorder);
    }
    if (i + 1 < groups.size()) {
      span.to = std::min(span.to, halfway(arrivals[i].last, arrivals[i + 1].first) - kBorder);
    }
    // Counted from the end, so that the last fold is there however few groups there are.
    const int later = count - 1 - static_cast<int>(i);
    groups[i].fold = count == 1 ? 0 : kCatalogFolds - 1 - later * kCatalogFolds / count;
  }
  return groups;
}

std::vector<TimeSpan> quiet_spans(const TimeSpan& span,
                                  std::span<const Time> busy,
                                  Duration before,
                                  Duration after,
                                  Duration least) {
  std::vector<TimeSpan> quiet;
  Time from = span.from;
  const auto add = [&](Time to) {
    to = std::min(to, span.to);
    if (to - from >= least) {
      quiet.push_back({from, to});
    }
  };
  for (const Time time : busy) {
    add(time - before);
    from = std::max(from, time + after);
  }
  add(span.to);
  return quiet;
}

}  // namespace geod::trainer
