#pragma once

#include <functional>
#include <string>

namespace geod::service {

/// What a subscriber of an endless answer is to be sent next.
struct LivePiece {
  enum class Step {
    kSend,      ///< `bytes`
    kWait,      ///< nothing is there: wait
    kReadBack,  ///< what is wanted lies in the store: call read_back
    kEnd,       ///< `bytes`, then close
  };
  Step step = Step::kWait;
  std::string bytes;
};

/// An endless answer to one subscriber. It holds nothing for it but a position.
class LiveSource {
 public:
  virtual ~LiveSource() = default;
  /// Never blocks. Thread: geod-http.
  virtual LivePiece next() = 0;
  /// Reads a page of what next() asked for. Thread: one of the query threads; not beside next().
  virtual void read_back() = 0;
  /// Sent when nothing else was for some time. Thread: geod-http.
  virtual std::string heartbeat() = 0;
  /// `wake` is called on geod-http when next() may have something, until the source is destroyed.
  virtual void on_ready(std::function<void()> wake) = 0;
};

}  // namespace geod::service
