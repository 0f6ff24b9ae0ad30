#include "daemon/window_memory.hpp"

namespace geod {

void WindowMemory::push(const WindowPointer& window) {
  windows_[window->instrument].push_back(window);
}

void WindowMemory::prune(const InstrumentId& instrument, Duration span) {
  const auto found = windows_.find(instrument);
  if (found == windows_.end()) {
    return;
  }
  const Time newest = found->second.back()->start;
  std::erase_if(found->second, [&](const WindowPointer& window) {
    return window->start < newest - span || window->start > newest;
  });
}

std::vector<WindowMemory::WindowPointer> WindowMemory::around(const InstrumentId& instrument,
                                                              Time time,
                                                              double from,
                                                              double to) const {
  std::vector<WindowPointer> fitting;
  const auto found = windows_.find(instrument);
  if (found == windows_.end()) {
    return fitting;
  }
  for (const WindowPointer& window : found->second) {
    const double place =
        to_seconds(time - window->start) / to_seconds(window->rate.span_of(window->samples));
    if (place >= from && place <= to) {
      fitting.push_back(window);
    }
  }
  return fitting;
}

std::size_t WindowMemory::size() const {
  std::size_t count = 0;
  for (const auto& [instrument, windows] : windows_) {
    count += windows.size();
  }
  return count;
}

}  // namespace geod
