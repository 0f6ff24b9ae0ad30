#pragma once

namespace geod {

/// A descriptor that one thread polls and any other makes readable (eventfd(2)).
class WakeFd {
 public:
  WakeFd();
  WakeFd(const WakeFd&) = delete;
  WakeFd& operator=(const WakeFd&) = delete;
  ~WakeFd();

  int fd() const { return fd_; }
  /// Makes fd() readable. Thread: any.
  void wake();
  /// Makes it unreadable again; look for work afterwards, not before. Thread: the one that polls.
  void clear();

 private:
  int fd_;
};

}  // namespace geod
