#pragma once

#include <cstdint>
#include <span>

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

/// Linear warm-up by epochs and a cosine after it, as the authors of the image tasks chain them:
/// rate = base * epoch below `warmup_epochs`; from there on the peak, base * (warmup_epochs - 1),
/// falls as (1 + cos(pi (epoch - warmup_epochs + 1) / epochs)) / 2.
/// @param epoch  from 1.
/// Source: the code of Guo et al. (arXiv 2408.12396) with its scheduler on.
double epoch_warmup_cosine_rate(std::int64_t epoch,
                                std::int64_t epochs,
                                double base_rate,
                                std::int64_t warmup_epochs);

/// Linear warm-up by steps, then the base rate times 0.1 from each milestone on: rate(n) = base *
/// w(n) * 0.1^(milestones at or below n), w(n) = f (1 - n / W) + n / W below W, else 1, f = 1e-5.
/// @param step  n, from 0; asked before every step of the optimiser.
/// @param milestone_steps  ascending.
/// Source: WarmupMultiStepLR of OpenFWI's code, stepped once an iteration.
double warmup_multistep_rate(std::int64_t step,
                             double base_rate,
                             std::int64_t warmup_steps,
                             std::span<const std::int64_t> milestone_steps);

}  // namespace geod::trainer
