#pragma once

#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

namespace geod {

/// Messages for one thread from others. Whether there is mail costs the owner one atomic load; the
/// lock is held only while a message is put in or the mail is taken out. Waking a sleeping owner is
/// the sender's business.
template <class Message>
class Mailbox {
 public:
  /// Thread: any.
  void post(Message message) {
    const std::lock_guard lock(mutex_);
    messages_.push_back(std::move(message));
    has_mail_.store(true, std::memory_order_release);
  }

  /// Thread: the owner's.
  bool has_mail() const { return has_mail_.load(std::memory_order_acquire); }

  /// All messages, oldest first. Thread: the owner's.
  std::vector<Message> take() {
    const std::lock_guard lock(mutex_);
    has_mail_.store(false, std::memory_order_release);
    return std::exchange(messages_, {});
  }

 private:
  std::atomic<bool> has_mail_{false};
  std::mutex mutex_;  // guards messages_
  std::vector<Message> messages_;
};

}  // namespace geod
