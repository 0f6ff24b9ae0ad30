// libgeod_cuda.so: without a GPU that it loads and says so, with one that it computes what the CPU
// does. Linked to libgeod_compute.so as the CUDA module is, so that there is one copy of the
// network.
#include <filesystem>
#include <iostream>
#include <limits>

#include <dlfcn.h>
#include <gtest/gtest.h>

#include "models/torch_engine.hpp"
#include "models/torch_runner.hpp"
#include "models/torch_tuning.hpp"
#include "tests/support/models_networks.hpp"
#include "tests/support/models_overlays.hpp"
#include "tests/support/models_tmp_dir.hpp"

namespace geod::models {
namespace {

constexpr std::size_t kMaxBatch = 6;

bool has_device() {
  return std::filesystem::exists("/dev/nvidiactl");
}

MakeCudaRunner load_module() {
  void* handle = ::dlopen(GEOD_BINARY_DIR "/lib/geod/libgeod_cuda.so", RTLD_NOW | RTLD_GLOBAL);
  if (handle == nullptr) {
    ADD_FAILURE() << ::dlerror();
    return nullptr;
  }
  return reinterpret_cast<MakeCudaRunner>(::dlsym(handle, kCudaRunnerSymbol));
}

EngineOptions options_for(Precision precision) {
  EngineOptions options;
  options.precision = precision;
  options.threads = 1;
  options.max_batch = kMaxBatch;
  return options;
}

/// Every kind of window: whole, with gaps at the ends and inside, without a component, constant,
/// with a value that is not finite, with nothing at all.
std::vector<Window> all_kinds_of_windows(const SeisMollmGeometry& geometry) {
  std::vector<Window> windows;
  for (unsigned n = 0; n < kMaxBatch; ++n) {
    windows.push_back(test::random_window(geometry, n));
  }
  const std::int64_t samples = geometry.window_samples;
  const auto at = [samples](std::size_t c, std::int64_t i) {
    return static_cast<std::size_t>(static_cast<std::int64_t>(c) * samples + i);
  };
  windows[1].missing[0] = {{-5, 40}, {300, 301}, {900, samples + 7}};
  windows[2].missing[1] = {{0, samples}};
  for (std::int64_t i = 0; i < samples; ++i) {
    windows[3].data[at(2, i)] = 1234.56F;
  }
  windows[4].data[at(0, 17)] = std::numeric_limits<float>::quiet_NaN();
  windows[4].data[at(1, 18)] = std::numeric_limits<float>::infinity();
  for (auto& missing : windows[5].missing) {
    missing = {{0, samples}};
  }
  return windows;
}

/// Scores of the first `count` windows.
std::vector<float> run(Runner& runner, const std::vector<Window>& windows, std::size_t count) {
  std::vector<const Window*> pointers;
  for (std::size_t n = 0; n < count; ++n) {
    pointers.push_back(&windows[n]);
  }
  std::vector<float> scores(count * 2 * static_cast<std::size_t>(windows[0].samples), -1.0F);
  runner.run(pointers, scores);
  return scores;
}

TEST(CudaModule, LoadsWithoutADriverAndSaysThatThereIsNoDevice) {
  if (has_device()) {
    GTEST_SKIP() << "there is an NVIDIA device here";
  }
  const MakeCudaRunner make = load_module();
  ASSERT_NE(make, nullptr);
  const auto network = test::random_network(test::small_geometry(), Task::kDpk);
  EngineInfo info;
  Error error{};
  const std::unique_ptr<Runner> runner(make(*network, options_for(Precision::kAuto), info, error));
  EXPECT_EQ(runner, nullptr);
  EXPECT_EQ(error.code, Errc::kDevice);
  EXPECT_NE(error.what.find("driver"), std::string::npos) << error.what;
}

/// Compares with float32 on the CPU, for every batch size.
void expect_scores_of_the_cpu(Precision precision, double tolerance) {
  const MakeCudaRunner make = load_module();
  ASSERT_NE(make, nullptr);
  const SeisMollmGeometry geometry = test::small_geometry();
  const auto network = test::random_network(geometry, Task::kDpk);
  EngineInfo info;
  Error error{};
  const std::unique_ptr<Runner> cuda(make(*network, options_for(precision), info, error));
  ASSERT_NE(cuda, nullptr) << error.what;
  std::cout << info.device << ", " << info.precision << ", " << info.windows_per_s
            << " windows/s\n";
  EXPECT_TRUE(info.device.starts_with("cuda:0 ")) << info.device;

  EngineInfo cpu_info;
  const auto cpu = make_cpu_runner(*network, options_for(Precision::kFloat32), cpu_info);
  ASSERT_TRUE(cpu) << cpu.error().what;
  const std::vector<Window> windows = all_kinds_of_windows(geometry);
  // Large before small: what a large batch left in the padding must not matter.
  for (std::size_t count = kMaxBatch; count > 0; --count) {
    const std::vector<float> expected = run(**cpu, windows, count);
    EXPECT_LE(largest_change(run(*cuda, windows, count), expected), tolerance) << count;
  }
}

TEST(CudaRunner, ScoresInFloat32AsTheCpuDoes) {
  if (!has_device()) {
    GTEST_SKIP() << "no NVIDIA device node in /dev";
  }
  expect_scores_of_the_cpu(Precision::kFloat32, 1e-4);
}

TEST(CudaRunner, ScoresInTheChosenPrecisionNearlyAsTheCpuDoes) {
  if (!has_device()) {
    GTEST_SKIP() << "no NVIDIA device node in /dev";
  }
  expect_scores_of_the_cpu(Precision::kAuto, 2 * kMaxScoreChange);
}

TEST(TorchEngine, FindsTheCudaModuleAndScoresOnTheDevice) {
  if (!has_device()) {
    GTEST_SKIP() << "no NVIDIA device node in /dev";
  }
  const test::TmpDir folder;
  const SeisMollmGeometry geometry = test::small_geometry();
  test::write_model(folder.path(), *test::random_network(geometry, Task::kDpk));
  EngineOptions options = options_for(Precision::kFloat32);
  options.model_directory = folder.path();
  options.device = Device::kCuda;
  const auto engine = TorchEngine::open(options);
  ASSERT_TRUE(engine) << engine.error().what;
  EXPECT_TRUE((*engine)->info().device.starts_with("cuda:0 ")) << (*engine)->info().device;
  const Window window = test::random_window(geometry, 1);
  const Window* windows[] = {&window};
  ScoreBatch batch;
  const auto scored = (*engine)->score(windows, batch);
  EXPECT_TRUE(scored) << scored.error().what;
}

TEST(TorchEngine, ReplacesInTheCapturedBuffersOfTheDevice) {
  if (!has_device()) {
    GTEST_SKIP() << "no NVIDIA device node in /dev";
  }
  const test::TmpDir folder;
  SeisMollmGeometry geometry = test::small_geometry();
  geometry.lora_rank = 0;
  test::write_model(folder.path(), *test::random_network(geometry, Task::kDpk));
  const Manifest base = *load_manifest(folder.path());
  const std::vector<Window> windows = all_kinds_of_windows(geometry);
  std::vector<const Window*> pointers;
  for (const Window& window : windows) {
    pointers.push_back(&window);
  }
  const std::span<const Window* const> batch = std::span(pointers).first(kMaxBatch);
  for (const Task task : {Task::kDpk, Task::kBaz}) {
    EngineOptions options = options_for(Precision::kFloat32);
    options.model_directory = folder.path();
    options.task = task;
    options.device = Device::kCuda;
    options.overlay = test::random_overlay(base, task, 1);
    const auto engine = TorchEngine::open(options);
    ASSERT_TRUE(engine) << engine.error().what;
    options.overlay = test::random_overlay(base, task, 2);
    const auto fresh = TorchEngine::open(options);
    ASSERT_TRUE(fresh) << fresh.error().what;
    ScoreBatch first;
    ScoreBatch second;
    ScoreBatch now;
    ASSERT_TRUE((*engine)->score(batch, first));
    ASSERT_TRUE((*fresh)->score(batch, second));
    ASSERT_NE(first.values, second.values);

    auto prepared = (*engine)->prepare(options.overlay);
    ASSERT_TRUE(prepared) << prepared.error().what;
    auto before = (*engine)->replace(std::move(*prepared));
    ASSERT_TRUE((*engine)->score(batch, now));
    EXPECT_EQ(now.values, second.values) << to_string(task);
    before = (*engine)->replace(std::move(before));
    ASSERT_TRUE((*engine)->score(batch, now));
    EXPECT_EQ(now.values, first.values) << to_string(task);
  }
}

}  // namespace
}  // namespace geod::models
