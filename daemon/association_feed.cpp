#include "daemon/association_feed.hpp"

#include <utility>

namespace geod {

AssociationFeed::AssociationFeed(std::size_t limit)
    : queue_(limit,
             [this](BoundedQueue<CommittedRows>::Waiting& waiting, std::size_t, std::size_t) {
               waiting.clear();
               is_overrun_.store(true);
               overruns_.fetch_add(1);
             }) {}

void AssociationFeed::give(CommittedRows rows) {
  const std::size_t size = rows.size();
  if (size > 0) {
    queue_.push(std::move(rows), size);
  }
}

void AssociationFeed::abandon() {
  is_abandoned_.store(true);
  queue_.close();
}

}  // namespace geod
