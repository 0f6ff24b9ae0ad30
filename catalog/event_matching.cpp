#include "catalog/event_matching.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <queue>
#include <tuple>
#include <utility>

#include "catalog/surface_point.hpp"

namespace geod::catalog {
namespace {

constexpr std::size_t kMaxPartners = 32;
constexpr double kUnmatched = 1.0;  ///< cost of an event of the first catalogue without a partner
constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
constexpr double kFar = std::numeric_limits<double>::infinity();

/// A possible partner.
struct Partner {
  std::size_t right = 0;
  double cost = 0.0;
};

std::vector<SurfacePoint> places_of(std::span<const EventPoint> events) {
  std::vector<SurfacePoint> places;
  places.reserve(events.size());
  for (const EventPoint& event : events) {
    places.push_back(surface_point(event.latitude_deg, event.longitude_deg));
  }
  return places;
}

/// For each of `left` those of `right` within the limits.
std::vector<std::vector<Partner>> partners_of(std::span<const EventPoint> left,
                                              std::span<const EventPoint> right,
                                              const MatchLimits& limits) {
  const std::vector<SurfacePoint> left_places = places_of(left);
  const std::vector<SurfacePoint> right_places = places_of(right);
  std::vector<std::pair<Time, std::size_t>> by_time;
  for (std::size_t i = 0; i < right.size(); ++i) {
    by_time.emplace_back(right[i].time, i);
  }
  std::sort(by_time.begin(), by_time.end());
  std::vector<std::vector<Partner>> partners(left.size());
  const Duration reach = duration_from_seconds(limits.max_time_s);
  for (std::size_t i = 0; i < left.size(); ++i) {
    const auto first = std::pair{left[i].time - reach, std::size_t{0}};
    for (auto at = std::lower_bound(by_time.begin(), by_time.end(), first);
         at != by_time.end() && at->first <= left[i].time + reach;
         ++at) {
      const double time = to_seconds(at->first - left[i].time) / limits.max_time_s;
      const double distance = way_between(left_places[i], right_places[at->second]).distance_km /
                              limits.max_distance_km;
      if (distance <= 1.0) {
        partners[i].push_back({at->second, std::sqrt(0.5 * (time * time + distance * distance))});
      }
    }
    std::sort(partners[i].begin(), partners[i].end(), [](const Partner& a, const Partner& b) {
      return std::tie(a.cost, a.right) < std::tie(b.cost, b.right);
    });
    partners[i].resize(std::min(partners[i].size(), kMaxPartners));
  }
  return partners;
}

/// Takes the events of the first catalogue one by one and moves those before them aside where the
/// sum gets less by it.
class Assignment {
 public:
  Assignment(const std::vector<std::vector<Partner>>& partners, std::size_t rights)
      : partners_(partners),
        left_price_(partners.size(), 0.0),
        right_price_(rights, 0.0),
        right_of_(partners.size(), kNone),
        left_of_(rights, kNone),
        way_(rights, kFar),
        from_(rights, kNone) {}

  void place(std::size_t left) {
    End end{kFar, kNone, kNone};
    reach(left, 0.0, end);
    while (!queue_.empty() && queue_.top().first < end.way) {
      const auto [way, right] = queue_.top();
      queue_.pop();
      if (way > way_[right]) {
        continue;  // reached by a cheaper way since
      }
      if (left_of_[right] == kNone) {
        end = {way, right, kNone};
        break;
      }
      settled_.push_back(right);
      reach(left_of_[right], way, end);
    }
    set_prices(left, end.way);
    move_along(end);
    forget();
  }

  /// Of each left event its partner, or kNone.
  const std::vector<std::size_t>& right_of() const { return right_of_; }

 private:
  /// Where the cheapest way ends: at a right event that is free, or at a left one that stays alone.
  struct End {
    double way = kFar;
    std::size_t right = kNone;
    std::size_t left = kNone;
  };

  /// Goes on from a left event that was reached at the cost `way`.
  void reach(std::size_t left, double way, End& end) {
    const double alone = way + kUnmatched - left_price_[left];
    if (alone < end.way) {
      end = {alone, kNone, left};
    }
    for (const Partner& partner : partners_[left]) {
      const double reduced = partner.cost - left_price_[left] - right_price_[partner.right];
      const double next = way + std::max(0.0, reduced);  // below 0 by rounding alone
      if (next < way_[partner.right]) {
        way_[partner.right] = next;
        from_[partner.right] = left;
        touched_.push_back(partner.right);
        queue_.emplace(next, partner.right);
      }
    }
  }

  /// Keeps all reduced costs at 0 or above, and at 0 along the matches.
  void set_prices(std::size_t left, double way) {
    left_price_[left] += way;
    for (const std::size_t right : settled_) {
      left_price_[left_of_[right]] += way - way_[right];
      right_price_[right] -= way - way_[right];
    }
  }

  void move_along(const End& end) {
    std::size_t right = end.right;
    if (right == kNone) {
      right = std::exchange(right_of_[end.left], kNone);  // kNone: the new one stays alone
    }
    while (right != kNone) {
      const std::size_t left = from_[right];
      left_of_[right] = left;
      right = std::exchange(right_of_[left], right);  // the new one had none: done
    }
  }

  void forget() {
    for (const std::size_t right : touched_) {
      way_[right] = kFar;
      from_[right] = kNone;
    }
    touched_.clear();
    settled_.clear();
    queue_ = {};
  }

  using Reached = std::pair<double, std::size_t>;  ///< cost, right event

  const std::vector<std::vector<Partner>>& partners_;
  std::vector<double> left_price_;
  std::vector<double> right_price_;
  std::vector<std::size_t> right_of_;
  std::vector<std::size_t> left_of_;
  // Of the search under way, by right event.
  std::vector<double> way_;
  std::vector<std::size_t> from_;
  std::vector<std::size_t> touched_;
  std::vector<std::size_t> settled_;
  std::priority_queue<Reached, std::vector<Reached>, std::greater<>> queue_;
};

}  // namespace

std::vector<EventMatch> match_events(std::span<const EventPoint> left,
                                     std::span<const EventPoint> right,
                                     const MatchLimits& limits) {
  const std::vector<std::vector<Partner>> partners = partners_of(left, right, limits);
  Assignment assignment(partners, right.size());
  for (std::size_t i = 0; i < left.size(); ++i) {
    assignment.place(i);
  }
  std::vector<EventMatch> matches;
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (assignment.right_of()[i] != kNone) {
      matches.push_back({i, assignment.right_of()[i]});
    }
  }
  return matches;
}

}  // namespace geod::catalog
