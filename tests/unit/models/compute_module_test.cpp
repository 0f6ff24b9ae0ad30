#include <cstdlib>

#include <gtest/gtest.h>

#include "models/engine.hpp"
#include "tests/support/models_networks.hpp"
#include "tests/support/models_tmp_dir.hpp"

namespace geod::models {
namespace {

/// Sets a variable for one test.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const std::string& value) : name_(name) {
    ::setenv(name, value.c_str(), 1);
  }
  ~ScopedVariable() { ::unsetenv(name_); }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;

 private:
  const char* name_;
};

TEST(ComputeModule, SaysWhichModuleIsMissing) {
  const ScopedVariable path("GEOD_COMPUTE_MODULE", "/nonexistent/libgeod_compute.so");
  const auto module = ComputeModule::load();
  ASSERT_FALSE(module);
  EXPECT_EQ(module.error().code, Errc::kNotFound);
  EXPECT_NE(module.error().what.find("/nonexistent/libgeod_compute.so"), std::string::npos);
}

TEST(ComputeModule, SaysWhyAModuleDoesNotLoad) {
  test::TmpDir folder;
  const ScopedVariable path("GEOD_COMPUTE_MODULE", folder.write("m.so", "not a library"));
  const auto module = ComputeModule::load();
  ASSERT_FALSE(module);
  EXPECT_NE(module.error().what.find("m.so"), std::string::npos) << module.error().what;
}

TEST(ComputeModule, OpensAnEngineThatScores) {
  const ScopedVariable path("GEOD_COMPUTE_MODULE", GEOD_BINARY_DIR "/libgeod_compute.so");
  const auto module = ComputeModule::load();
  ASSERT_TRUE(module) << module.error().what;
  EXPECT_EQ(module->symbol("geod_no_such_function").error().code, Errc::kNotFound);

  test::TmpDir folder;
  const SeisMollmGeometry geometry = test::small_geometry();
  test::write_model(folder.path(), *test::random_network(geometry, Task::kDpk));
  EngineOptions options;
  options.model_directory = folder.path();
  options.device = Device::kCpu;
  options.precision = Precision::kFloat32;
  options.threads = 1;
  const auto engine = module->open_engine(options);
  ASSERT_TRUE(engine) << engine.error().what;
  EXPECT_EQ((*engine)->manifest().model_id(), "test-1");

  const Window window = test::random_window(geometry, 1);
  const Window* windows[] = {&window};
  ScoreBatch batch;
  ASSERT_TRUE((*engine)->score(windows, batch));
  EXPECT_EQ(batch.samples, 1021U);

  options.model_directory = "/nonexistent";
  EXPECT_EQ(module->open_engine(options).error().code, Errc::kNotFound);
}

}  // namespace
}  // namespace geod::models
