// Acoustic shots as geod synth fwi computes them, against the plain loop and against what this
// machine can do: the bandwidth of its memory and the additions of a core, measured in the same
// run.
//
//   acoustic_shots --benchmark_min_time=2
//
// samples_per_s: samples of OpenFWI, five shots of 1000 steps on 310 x 310 cells.
// of_bandwidth: the least traffic of a step that finds nothing in a cache (read two fields, write
// one: 12 bytes a cell) over the bandwidth of the triad; above 1 the caches are what feeds it.
// of_additions: the 9 additions of a cell over what a core adds; the roof of this scheme, which may
// not fuse them with its multiplications.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <vector>

#include <benchmark/benchmark.h>

#include "tests/support/acoustic_plain.hpp"
#include "trainer/acoustic_solver.hpp"
#include "trainer/rng.hpp"

namespace {

using namespace geod;           // NOLINT(google-build-using-namespace): a single-file program
using namespace geod::trainer;  // NOLINT(google-build-using-namespace)

constexpr double kBytesOfACell = 12.0;
constexpr double kAdditionsOfACell = 9.0;

/// Measured by the first two benchmarks, for those after them.
double bandwidth_bytes_per_s = 0.0;
double additions_per_s = 0.0;

std::vector<float> model_of(const AcousticSurvey& survey) {
  Rng rng(1);
  std::vector<float> model(survey.model_cells());
  for (float& velocity : model) {
    velocity = static_cast<float>(rng.uniform(1500.0, 4500.0));
  }
  return model;
}

double cells_of_a_step(const AcousticSurvey& survey) {
  return static_cast<double>((survey.depths + 2 * survey.sponge_cells) *
                             (survey.offsets + 2 * survey.sponge_cells));
}

/// Processor time of the calling thread.
double thread_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double wall_seconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

/// @param cells  computed in all iterations, in `seconds`
void report(benchmark::State& state, double cells, double seconds) {
  const AcousticSurvey published;
  const double sample = cells_of_a_step(published) * static_cast<double>(published.times) *
                        static_cast<double>(published.source_columns.size());
  state.counters["cells_per_s"] = cells / seconds;
  state.counters["samples_per_s"] = cells / sample / seconds;
  if (bandwidth_bytes_per_s > 0.0 && additions_per_s > 0.0) {
    state.counters["of_bandwidth"] = kBytesOfACell * cells / seconds / bandwidth_bytes_per_s;
    state.counters["of_additions"] =
        kAdditionsOfACell * cells / seconds / additions_per_s / static_cast<double>(state.range(0));
  }
}

/// a = b + s c on arrays far larger than any cache, on one thread.
void triad(benchmark::State& state) {
  constexpr std::size_t kValues = std::size_t{32} << 20U;
  std::vector<float> a(kValues, 0.0F);
  const std::vector<float> b(kValues, 1.0F);
  const std::vector<float> c(kValues, 2.0F);
  const double begin = thread_seconds();
  for ([[maybe_unused]] auto _ : state) {
    for (std::size_t i = 0; i < kValues; ++i) {
      a[i] = b[i] + 3.0F * c[i];
    }
    benchmark::DoNotOptimize(a.data());
    benchmark::ClobberMemory();
  }
  const double bytes = static_cast<double>(state.iterations()) * 12.0 * kValues;
  bandwidth_bytes_per_s = bytes / (thread_seconds() - begin);
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}
BENCHMARK(triad);

#if defined(__x86_64__)
#define GEOD_WIDEST __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define GEOD_WIDEST
#endif

/// Independent additions in registers.
GEOD_WIDEST void add_up(float* sums, std::size_t times) {
  constexpr std::size_t kSums = 128;
  float local[kSums];
  for (std::size_t i = 0; i < kSums; ++i) {
    local[i] = sums[i];
  }
  for (std::size_t n = 0; n < times; ++n) {
    for (std::size_t i = 0; i < kSums; ++i) {
      local[i] += 1.0F;
    }
  }
  for (std::size_t i = 0; i < kSums; ++i) {
    sums[i] = local[i];
  }
}

void additions(benchmark::State& state) {
  constexpr std::size_t kTimes = 10000;
  std::vector<float> sums(128, 0.0F);
  const double begin = thread_seconds();
  for ([[maybe_unused]] auto _ : state) {
    add_up(sums.data(), kTimes);
    benchmark::DoNotOptimize(sums.data());
  }
  const double added = static_cast<double>(state.iterations()) * 128.0 * kTimes;
  additions_per_s = added / (thread_seconds() - begin);
  state.counters["additions_per_s"] = benchmark::Counter(added, benchmark::Counter::kIsRate);
}
BENCHMARK(additions);

/// One cell after the other, in float32, as the formula stands.
void plain_loop(benchmark::State& state) {
  AcousticSurvey survey;
  survey.times = 100;
  const test::PlainAcoustics<float> plain(survey, model_of(survey));
  const double begin = thread_seconds();
  for ([[maybe_unused]] auto _ : state) {
    benchmark::DoNotOptimize(plain.shoot(2));
  }
  const double steps = static_cast<double>(state.iterations()) * static_cast<double>(survey.times);
  report(state, steps * cells_of_a_step(survey), thread_seconds() - begin);
}
BENCHMARK(plain_loop)->ArgName("threads")->Arg(1);

/// A whole model by `state.range(0)` threads: one by its processor time, several by the clock.
void solver(benchmark::State& state) {
  const AcousticSurvey survey;
  const std::vector<float> model = model_of(survey);
  std::vector<float> record(survey.record_values());
  const auto acoustics = make_cpu_acoustics(survey, static_cast<std::size_t>(state.range(0)));
  const auto seconds = state.range(0) == 1 ? thread_seconds : wall_seconds;
  const double begin = seconds();
  for ([[maybe_unused]] auto _ : state) {
    if (!(*acoustics)->simulate(model, record)) {
      state.SkipWithError("the model was refused");
      return;
    }
  }
  const double steps = static_cast<double>(state.iterations()) *
                       static_cast<double>(survey.times * survey.source_columns.size());
  report(state, steps * cells_of_a_step(survey), seconds() - begin);
}
BENCHMARK(solver)->ArgName("threads")->Arg(1);
BENCHMARK(solver)->ArgName("threads")->Arg(2)->UseRealTime();

}  // namespace

BENCHMARK_MAIN();
