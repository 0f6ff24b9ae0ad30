#pragma once

namespace geod::trainer {

/// From now on the process keeps the memory that it frees, to use it again.
///
/// A training step allocates and frees the same hundreds of megabytes each time. As delivered, the
/// C library maps and unmaps blocks above 32 MB, and the kernel clears every page of them anew:
/// a quarter of the time of a step of InversionNet on the CPU (bench/RESULTS.md, B13). Costs a
/// third more memory at its peak. Does nothing where the C library is not glibc.
void keep_freed_memory();

}  // namespace geod::trainer
