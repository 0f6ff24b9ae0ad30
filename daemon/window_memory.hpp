#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include "core/source_id.hpp"
#include "core/time.hpp"
#include "core/window.hpp"

namespace geod {

/// The last windows of every instrument, for picks that become final after them. Memory: the
/// windows of one span an instrument, shared with whoever still works on them.
class WindowMemory {
 public:
  using WindowPointer = std::shared_ptr<const Window>;

  /// Windows come in the order in which they were cut. One that does not follow the newest ends
  /// what came before: the clock went back.
  void push(const WindowPointer& window);

  /// Forgets the instrument's windows that start more than `span` before its newest, and those of a
  /// time line that it has left.
  void prune(const InstrumentId& instrument, Duration span);

  /// Windows in which `time` lies between the shares `from` and `to` of the window, oldest first.
  std::vector<WindowPointer> around(const InstrumentId& instrument,
                                    Time time,
                                    double from,
                                    double to) const;

  void forget(const InstrumentId& instrument) { windows_.erase(instrument); }
  void forget_all() { windows_.clear(); }

  /// Windows that are held.
  std::size_t size() const;

 private:
  std::unordered_map<InstrumentId, std::deque<WindowPointer>> windows_;
};

}  // namespace geod
