#pragma once

#include <cstdint>
#include <functional>

namespace geod::models {

/// Calls body(0) to body(count - 1), each by one of `threads` threads of LibTorch's OpenMP runtime,
/// within which LibTorch's operators use one thread. Rethrows what a body threw, when all are done.
void for_each_on_threads(std::int64_t count,
                         int threads,
                         const std::function<void(std::int64_t)>& body);

}  // namespace geod::models
