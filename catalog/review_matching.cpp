#include "catalog/review_matching.hpp"

#include <cstddef>
#include <set>

#include "catalog/public_ids.hpp"

namespace geod::catalog {
namespace {

std::set<std::string> ids_of(std::span<const OwnEvent> events, std::span<const std::string> named) {
  std::set<std::string> ids(named.begin(), named.end());
  for (const OwnEvent& event : events) {
    ids.insert(event.event_id);
  }
  return ids;
}

}  // namespace

std::vector<std::string> match_reviews(std::span<const ReviewedEvent> reviews,
                                       std::span<const OwnEvent> events,
                                       std::span<const std::string> named,
                                       const MatchLimits& limits) {
  std::vector<std::string> matched(reviews.size());
  std::set<std::string> free = ids_of(events, named);
  std::vector<std::size_t> unnamed;  // reviews
  std::vector<EventPoint> unnamed_points;
  for (std::size_t i = 0; i < reviews.size(); ++i) {
    const ReviewedEvent& review = reviews[i];
    const auto id = PublicIds::event_id_of(review.public_id);
    if (id && free.erase(*id) > 0) {
      matched[i] = *id;
    } else {
      unnamed.push_back(i);
      unnamed_points.push_back({review.time, review.latitude_deg, review.longitude_deg});
    }
  }
  std::vector<const OwnEvent*> left;
  std::vector<EventPoint> left_points;
  for (const OwnEvent& event : events) {
    if (free.count(event.event_id) > 0) {
      left.push_back(&event);
      left_points.push_back(event.point);
    }
  }
  for (const EventMatch& match : match_events(unnamed_points, left_points, limits)) {
    matched[unnamed[match.left]] = left[match.right]->event_id;
  }
  return matched;
}

}  // namespace geod::catalog
