#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

namespace geod {

/// What push does when the queue holds its limit.
enum class WhenFull {
  kBlock,       ///< wait for room: nothing is dropped
  kDropOldest,  ///< make room by dropping from the front; the dropped items go back to the pusher
  kMakeRoom,    ///< the queue's own rule makes room among what waits; nothing is refused
};

/// A closable queue between threads with a limit on its summed weight (bytes, items).
///
/// Many producers, many consumers. After close() pushes are refused and pops drain what is left,
/// then return nothing. It is the only class of geod with a condition variable.
template <class T>
class BoundedQueue {
 public:
  /// `limit` in the unit of the weights given to push; an item heavier than the limit is accepted
  /// when the queue is empty, so that it cannot wait for ever.
  BoundedQueue(std::size_t limit, WhenFull policy) : limit_(limit), policy_(policy) {}

  /// Items with their weights, oldest first.
  using Waiting = std::deque<std::pair<T, std::size_t>>;
  /// Thins out `waiting` so that `weight` more fits within `limit`, as far as it can. Called by
  /// push, under the lock of the queue.
  using MakeRoom = std::function<void(Waiting& waiting, std::size_t limit, std::size_t weight)>;

  /// kMakeRoom.
  BoundedQueue(std::size_t limit, MakeRoom make_room)
      : limit_(limit), policy_(WhenFull::kMakeRoom), make_room_(std::move(make_room)) {}

  struct PushResult {
    bool accepted = false;  ///< false: closed, or stop was requested while waiting
    std::deque<T> dropped;  ///< kDropOldest only: what was pushed out, oldest first
  };

  /// Thread: any. Blocks only under kBlock.
  PushResult push(T item, std::size_t weight = 1, std::stop_token stop = {}) {
    PushResult result;
    std::unique_lock lock(mutex_);
    if (policy_ == WhenFull::kBlock) {
      not_full_.wait(lock, stop, [&] { return closed_ || has_room(weight); });
      if (!closed_ && !has_room(weight)) {
        return result;
      }
    }
    if (closed_) {
      return result;
    }
    while (policy_ == WhenFull::kDropOldest && !has_room(weight)) {
      result.dropped.push_back(take_front());
    }
    if (policy_ == WhenFull::kMakeRoom && !has_room(weight)) {
      make_room_(items_, limit_, weight);
      weight_ = 0;
      for (const auto& waiting : items_) {
        weight_ += waiting.second;
      }
    }
    items_.emplace_back(std::move(item), weight);
    weight_ += weight;
    result.accepted = true;
    lock.unlock();
    not_empty_.notify_one();
    return result;
  }

  /// Waits for an item; nothing when closed and drained, when stop is requested, or after wake().
  std::optional<T> pop(std::stop_token stop = {}) {
    std::unique_lock lock(mutex_);
    not_empty_.wait(lock, stop, [&] { return closed_ || woken_ || !items_.empty(); });
    return pop_locked(lock);
  }

  /// As pop, but gives up at `deadline`.
  std::optional<T> pop_until(std::chrono::steady_clock::time_point deadline,
                             std::stop_token stop = {}) {
    std::unique_lock lock(mutex_);
    not_empty_.wait_until(
        lock, stop, deadline, [&] { return closed_ || woken_ || !items_.empty(); });
    return pop_locked(lock);
  }

  /// Ends one wait: of a pop that waits now, else of the next, which then waits not. For a consumer
  /// that is also spoken to by other means.
  void wake() {
    {
      const std::lock_guard lock(mutex_);
      woken_ = true;
    }
    not_empty_.notify_all();
  }

  void close() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    not_empty_.notify_all();
    not_full_.notify_all();
  }

  bool is_drained() const {
    const std::lock_guard lock(mutex_);
    return closed_ && items_.empty();
  }
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return items_.size();
  }
  /// Summed weight of what is queued.
  std::size_t weight() const {
    const std::lock_guard lock(mutex_);
    return weight_;
  }
  std::size_t limit() const { return limit_; }
  /// Calls `look(item, weight)` for all that waits, under the lock: for counting.
  template <class Look>
  void for_each(Look look) const {
    const std::lock_guard lock(mutex_);
    for (const auto& [item, weight] : items_) {
      look(item, weight);
    }
  }

 private:
  bool has_room(std::size_t weight) const { return items_.empty() || weight_ + weight <= limit_; }
  T take_front() {
    T item = std::move(items_.front().first);
    weight_ -= items_.front().second;
    items_.pop_front();
    return item;
  }
  std::optional<T> pop_locked(std::unique_lock<std::mutex>& lock) {
    woken_ = false;
    if (items_.empty()) {
      return std::nullopt;
    }
    std::optional<T> item{take_front()};
    lock.unlock();
    not_full_.notify_all();
    return item;
  }

  const std::size_t limit_;
  const WhenFull policy_;
  const MakeRoom make_room_{};

  mutable std::mutex mutex_;  // guards everything below
  std::condition_variable_any not_empty_;
  std::condition_variable_any not_full_;
  Waiting items_;
  std::size_t weight_ = 0;
  bool closed_ = false;
  bool woken_ = false;
};

}  // namespace geod
