#pragma once

#include <cstdint>

namespace geod::trainer {

/// Triangular cyclic rate, never decaying: base -> max in `up` steps, back in `down`, from step 0.
/// Source: torch.optim.lr_scheduler.CyclicLR, mode triangular, as SeisMoLLM uses it.
double cyclic_rate(std::int64_t step,
                   double base_rate,
                   double max_rate,
                   std::int64_t up_steps,
                   std::int64_t down_steps);

/// Linear warm-up times a cosine from `peak_rate` down to 1 % of it at `fraction` 1 of the run.
double warmup_cosine_rate(std::int64_t step,
                          double fraction,
                          double peak_rate,
                          std::int64_t warmup_steps);

}  // namespace geod::trainer
