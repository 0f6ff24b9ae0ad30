#include "models/torch_parallel.hpp"

#include <algorithm>
#include <exception>
#include <mutex>

#include <ATen/Parallel.h>

#if defined(__GNUC__) && !defined(__clang__) && !defined(_OPENMP)
#error "compile this file with -fopenmp: without, everything is computed by one thread"
#endif

namespace geod::models {

void for_each_on_threads(std::int64_t count,
                         int threads,
                         const std::function<void(std::int64_t)>& body) {
  if (at::get_num_threads() != 1) {
    at::set_num_threads(1);  // of LibTorch's operators; ours are below
  }
  [[maybe_unused]] const int used =
      static_cast<int>(std::clamp<std::int64_t>(count, 1, std::max(1, threads)));
  std::exception_ptr failure;  // none may leave a parallel region
  std::mutex failure_mutex;
#ifdef _OPENMP
#pragma omp parallel for schedule(dynamic) num_threads(used)
#endif
  for (std::int64_t n = 0; n < count; ++n) {
    try {
      body(n);
    } catch (...) {
      const std::lock_guard lock(failure_mutex);
      failure = std::current_exception();
    }
  }
  if (failure) {
    std::rethrow_exception(failure);
  }
}

}  // namespace geod::models
