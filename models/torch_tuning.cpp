#include "models/torch_tuning.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <string_view>

#include <ATen/Parallel.h>
#include <fmt/ranges.h>

namespace geod::models {
namespace {

std::string_view name_of(Precision precision) {
  switch (precision) {
    case Precision::kAuto:
      return "auto";
    case Precision::kFloat32:
      return "float32";
    case Precision::kBfloat16:
      return "bfloat16";
    case Precision::kFloat16:
      return "float16";
  }
  return "";
}

Result<PrecisionChoice> as_configured(const ReducedPrecision& reduced) {
  if (reduced.score_change > kMaxScoreChange) {
    return fail(Errc::kDevice,
                "precision {} moves scores of this model by {:.3f}, allowed is {}; set precision "
                "to auto or float32",
                name_of(reduced.precision),
                reduced.score_change,
                kMaxScoreChange);
  }
  return PrecisionChoice{reduced.precision,
                         fmt::format("{}: as configured, scores within {:.4f}",
                                     name_of(reduced.precision),
                                     reduced.score_change)};
}

}  // namespace

OneThread::OneThread() : before_(at::get_num_threads()) {
  at::set_num_threads(1);
}

OneThread::~OneThread() {
  at::set_num_threads(before_);
}

Result<PrecisionChoice> choose_precision(Precision wanted,
                                         double float32_s,
                                         std::span<const ReducedPrecision> measured) {
  if (wanted == Precision::kFloat32) {
    return PrecisionChoice{Precision::kFloat32, "float32: as configured"};
  }
  if (wanted != Precision::kAuto) {
    GEOD_CHECK(measured.size() == 1 && measured[0].precision == wanted, "not what was measured");
    return as_configured(measured[0]);
  }
  const ReducedPrecision* best = nullptr;
  std::vector<std::string> against;
  for (const ReducedPrecision& reduced : measured) {
    const double gain = float32_s / reduced.seconds;
    if (reduced.score_change > kMaxScoreChange) {
      against.push_back(fmt::format("{} moves scores by {:.3f}, allowed is {}",
                                    name_of(reduced.precision),
                                    reduced.score_change,
                                    kMaxScoreChange));
    } else if (gain < kMinPrecisionGain) {
      against.push_back(
          fmt::format("{} is {:.2f} times as fast here", name_of(reduced.precision), gain));
    } else if (best == nullptr || best->seconds / reduced.seconds >= kMinPrecisionGain) {
      best = &reduced;
    }
  }
  if (best == nullptr) {
    return PrecisionChoice{Precision::kFloat32,
                           fmt::format("float32: {}", fmt::join(against, ", "))};
  }
  return PrecisionChoice{
      best->precision,
      fmt::format("{}: {:.2f} times as fast as float32 here, scores within {:.4f}",
                  name_of(best->precision),
                  float32_s / best->seconds,
                  best->score_change)};
}

at::ScalarType scalar_type(Precision precision) {
  GEOD_CHECK(precision != Precision::kAuto, "no precision chosen");
  return precision == Precision::kBfloat16  ? at::kBFloat16
         : precision == Precision::kFloat16 ? at::kHalf
                                            : at::kFloat;
}

std::vector<double> measure_s(const std::vector<std::function<void()>>& bodies) {
  using Clock = std::chrono::steady_clock;
  constexpr int kRounds = 6;
  std::vector<double> best_s(bodies.size(), std::numeric_limits<double>::infinity());
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < bodies.size(); ++i) {
      const auto start = Clock::now();
      bodies[i]();
      const double elapsed_s = std::chrono::duration<double>(Clock::now() - start).count();
      best_s[i] = round > 0 ? std::min(best_s[i], elapsed_s) : best_s[i];
    }
  }
  return best_s;
}

std::vector<Window> tuning_windows(const SeisMollmGeometry& geometry, std::size_t count) {
  std::vector<Window> windows(count);
  std::uint64_t state = 1;
  for (Window& window : windows) {
    window.rate = geometry.sampling_rate;
    window.samples = geometry.window_samples;
    window.data.resize(kComponents * static_cast<std::size_t>(window.samples));
    for (std::size_t i = 0; i < window.data.size(); ++i) {
      // Sum of uniform draws of a linear congruential generator (Knuth's constants).
      double sum = 0.0;
      for (int draw = 0; draw < 4; ++draw) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        sum += static_cast<double>(state >> 11) * 0x1p-53 - 0.5;
      }
      const double t = static_cast<double>(i % static_cast<std::size_t>(window.samples)) /
                           static_cast<double>(window.samples) -
                       0.4;
      window.data[i] = static_cast<float>(sum * (t > 0.0 ? 1.0 + 10.0 * std::exp(-8.0 * t) : 1.0));
    }
  }
  return windows;
}

double largest_change(std::span<const float> a, std::span<const float> b) {
  double change = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double one = std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    if (!std::isfinite(one)) {
      return std::numeric_limits<double>::infinity();
    }
    change = std::max(change, one);
  }
  return change;
}

double measure_briefly_s(const std::function<void()>& body) {
  using Clock = std::chrono::steady_clock;
  constexpr double kBudget_s = 1.0;
  constexpr int kRounds = 5;
  double best_s = std::numeric_limits<double>::infinity();
  double total_s = 0.0;
  for (int round = 0; round <= kRounds && total_s < kBudget_s; ++round) {
    const auto start = Clock::now();
    body();
    const double elapsed_s = std::chrono::duration<double>(Clock::now() - start).count();
    total_s += elapsed_s;
    best_s = std::min(best_s, elapsed_s);
  }
  return best_s;
}

}  // namespace geod::models
