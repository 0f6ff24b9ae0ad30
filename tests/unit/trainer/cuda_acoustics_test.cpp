// libgeod_acoustics_cuda.so: without a GPU that it loads and says so, with one that it computes
// what the CPU does.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <memory>
#include <vector>

#include <dlfcn.h>
#include <gtest/gtest.h>

#include "tests/support/acoustic_models.hpp"
#include "trainer/acoustic_cuda_loader.hpp"
#include "trainer/acoustic_solver.hpp"
#include "trainer/rng.hpp"

namespace geod::trainer {
namespace {

bool has_device() {
  return std::filesystem::exists("/dev/nvidiactl");
}

Result<std::unique_ptr<AcousticSolver>> open_module(const AcousticSurvey& survey) {
  void* handle =
      ::dlopen(GEOD_BINARY_DIR "/lib/geod/libgeod_acoustics_cuda.so", RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    return fail(Errc::kNotFound, "{}", ::dlerror());
  }
  const auto make = reinterpret_cast<MakeCudaAcoustics>(::dlsym(handle, kCudaAcousticsSymbol));
  if (make == nullptr) {
    return fail(Errc::kNotFound, "{}", ::dlerror());
  }
  Error error{};
  std::unique_ptr<AcousticSolver> solver(make(survey, error));
  if (solver == nullptr) {
    return tl::unexpected(error);
  }
  return solver;
}

TEST(CudaAcoustics, LoadsWithoutADriverAndSaysThatThereIsNoDevice) {
  if (has_device()) {
    GTEST_SKIP() << "there is an NVIDIA device here";
  }
  const auto solver = open_module(test::small_survey());
  ASSERT_FALSE(solver);
  EXPECT_EQ(solver.error().code, Errc::kDevice) << solver.error().what;
  EXPECT_NE(solver.error().what.find("--device cpu"), std::string::npos) << solver.error().what;
}

void expect_records_of_the_cpu(const AcousticSurvey& survey, std::size_t models) {
  Rng rng(1);
  const std::vector<float> velocities = test::random_models(survey, rng, models);
  std::vector<float> expected(models * survey.record_values());
  std::vector<float> records(expected.size(), -1.0F);
  const auto cpu = make_cpu_acoustics(survey, 0);
  const auto cuda = open_module(survey);
  ASSERT_TRUE(cuda) << cuda.error().what;
  std::cout << (*cuda)->device() << "\n";
  ASSERT_TRUE((*cpu)->simulate(velocities, expected));
  // Twice: what the first call leaves behind must not matter.
  for (int call = 0; call < 2; ++call) {
    const auto done = (*cuda)->simulate(velocities, records);
    ASSERT_TRUE(done) << done.error().what;
    float largest = 0.0F;
    float difference = 0.0F;
    for (std::size_t i = 0; i < records.size(); ++i) {
      largest = std::max(largest, std::abs(expected[i]));
      difference = std::max(difference, std::abs(records[i] - expected[i]));
    }
    EXPECT_LE(difference, 1e-4F * largest) << call;
  }
}

TEST(CudaAcoustics, ComputesTheRecordsOfTheCpu) {
  if (!has_device()) {
    GTEST_SKIP() << "no NVIDIA device node in /dev";
  }
  expect_records_of_the_cpu(test::small_survey(), 41);
  expect_records_of_the_cpu(AcousticSurvey{}, 2);
}

}  // namespace
}  // namespace geod::trainer
