#include "models/torch_engine.hpp"

#include <limits>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include "models/normalise.hpp"
#include "models/safetensors.hpp"
#include "models/torch_folded.hpp"
#include "tests/support/models_networks.hpp"
#include "tests/support/models_tmp_dir.hpp"

namespace geod::models {
namespace {

using test::random_network;
using test::random_window;
using test::small_geometry;
using test::TmpDir;

double largest_difference(const at::Tensor& a, const at::Tensor& b) {
  return a.sub(b).abs().max().item<double>();
}

TEST(FoldedSeisMollm, EqualsTheUnfoldedNetworkForEveryTask) {
  const at::NoGradGuard no_grad;
  const SeisMollmGeometry geometry = small_geometry();
  for (const Task task : {Task::kDpk, Task::kPmp, Task::kBaz, Task::kEmg, Task::kDis}) {
    const auto network = random_network(geometry, task);
    const at::Tensor x = at::randn({2, 3, geometry.window_samples});
    at::Tensor expected = network->logits(x, false);
    if (task == Task::kDpk) {
      expected = expected.narrow(1, 1, 2);
    }
    const FoldedSeisMollm folded(*network, at::kFloat, at::kCPU);
    const double scale = expected.abs().max().item<double>();
    EXPECT_LT(largest_difference(folded.logits(x), expected) / scale, 1e-5) << to_string(task);
  }
}

class TorchEngineTest : public ::testing::Test {
 protected:
  TorchEngineTest() : geometry_(small_geometry()), network_(random_network(geometry_, Task::kDpk)) {
    test::write_model(folder_.path(), *network_);
  }

  std::unique_ptr<Engine> open(Precision precision = Precision::kFloat32, int threads = 1) {
    EngineOptions options;
    options.model_directory = folder_.path();
    options.device = Device::kCpu;
    options.precision = precision;
    options.threads = threads;
    options.max_batch = 8;
    auto engine = TorchEngine::open(options);
    EXPECT_TRUE(engine) << engine.error().what;
    return std::move(*engine);
  }

  Error open_error(const EngineOptions& options) {
    auto engine = TorchEngine::open(options);
    EXPECT_FALSE(engine);
    return engine ? Error{} : engine.error();
  }

  TmpDir folder_;
  SeisMollmGeometry geometry_;
  std::unique_ptr<TorchSeisMollm> network_;
};

TEST_F(TorchEngineTest, ScoresAsTheNetworkDoes) {
  const auto engine = open();
  const Window window = random_window(geometry_, 1);
  const Window* windows[] = {&window};
  ScoreBatch batch;
  ASSERT_TRUE(engine->score(windows, batch));
  ASSERT_EQ(batch.values.size(), 2U * 1021U);

  const at::NoGradGuard no_grad;
  std::vector<float> x(window.data.size());
  normalise(window, x);
  const at::Tensor expected = network_->activate(
      network_->logits(at::from_blob(x.data(), {1, 3, 1021}, at::kFloat), false));
  for (std::int64_t k = 0; k < 2; ++k) {
    for (std::int64_t t = 0; t < 1021; ++t) {
      ASSERT_NEAR(batch.series(0, static_cast<std::size_t>(k))[static_cast<std::size_t>(t)],
                  expected[0][k + 1][t].item<float>(),
                  1e-5);
    }
  }
}

TEST_F(TorchEngineTest, ABatchOfOneEqualsABatchOfMany) {
  for (const int threads : {1, 2}) {
    const auto engine = open(Precision::kFloat32, threads);
    std::vector<Window> windows;
    std::vector<const Window*> pointers;
    for (unsigned n = 0; n < 7; ++n) {
      windows.push_back(random_window(geometry_, n));
    }
    for (const Window& window : windows) {
      pointers.push_back(&window);
    }
    ScoreBatch many;
    ScoreBatch one;
    ASSERT_TRUE(engine->score(pointers, many));
    for (std::size_t n = 0; n < windows.size(); ++n) {
      ASSERT_TRUE(engine->score(std::span(pointers).subspan(n, 1), one));
      for (std::size_t k = 0; k < 2; ++k) {
        for (std::size_t t = 0; t < one.samples; ++t) {
          ASSERT_EQ(many.series(n, k)[t], one.series(0, k)[t]) << n << " " << threads;
        }
      }
    }
  }
}

TEST_F(TorchEngineTest, NeighboursInABatchChangeNothing) {
  const auto engine = open(Precision::kFloat32, 2);
  const Window window = random_window(geometry_, 5);
  const Window* alone[] = {&window};
  ScoreBatch expected;
  ASSERT_TRUE(engine->score(alone, expected));

  std::vector<Window> neighbours(5, random_window(geometry_, 6));
  std::fill(neighbours[0].data.begin(), neighbours[0].data.end(), 1e30F);
  neighbours[1].data[7] = std::numeric_limits<float>::infinity();
  neighbours[2].data[1500] = std::numeric_limits<float>::quiet_NaN();
  for (auto& spans : neighbours[3].missing) {
    spans = {{0, neighbours[3].samples}};
  }
  for (std::size_t place = 0; place <= neighbours.size(); ++place) {
    std::vector<const Window*> windows;
    for (const Window& neighbour : neighbours) {
      windows.push_back(&neighbour);
    }
    windows.insert(windows.begin() + static_cast<std::ptrdiff_t>(place), &window);
    ScoreBatch batch;
    ASSERT_TRUE(engine->score(windows, batch));
    for (std::size_t k = 0; k < 2; ++k) {
      for (std::size_t t = 0; t < batch.samples; ++t) {
        ASSERT_NEAR(batch.series(place, k)[t], expected.series(0, k)[t], 1e-6) << place;
      }
    }
  }
}

TEST_F(TorchEngineTest, ScoresAVerticalAloneAsZerosElsewhere) {
  const auto engine = open();
  Window vertical = random_window(geometry_, 3);
  Window junk = vertical;
  for (const std::size_t c : {1U, 2U}) {
    vertical.missing[c] = {{0, vertical.samples}};
    junk.missing[c] = {{0, vertical.samples}};
    std::fill_n(vertical.data.begin() + static_cast<std::ptrdiff_t>(c) * vertical.samples,
                vertical.samples,
                0.0F);
  }
  const Window* windows[] = {&vertical, &junk};
  ScoreBatch batch;
  ASSERT_TRUE(engine->score(windows, batch));
  for (std::size_t t = 0; t < batch.samples; ++t) {
    ASSERT_EQ(batch.series(0, 0)[t], batch.series(1, 0)[t]);
  }
}

TEST_F(TorchEngineTest, RefusesAWindowOfAnotherLengthOrRate) {
  const auto engine = open();
  ScoreBatch batch;
  Window window = random_window(geometry_, 1);
  const Window* windows[] = {&window};
  window.rate = *SampleRate::make(50);
  EXPECT_EQ(engine->score(windows, batch).error().code, Errc::kModelMismatch);
  window = random_window(geometry_, 1);
  window.samples = 1020;
  EXPECT_EQ(engine->score(windows, batch).error().code, Errc::kModelMismatch);
}

TEST_F(TorchEngineTest, SaysWhatItDecided) {
  const auto engine = open(Precision::kAuto, 0);
  const EngineInfo& info = engine->info();
  EXPECT_EQ(info.device, "cpu");
  EXPECT_TRUE(info.precision.starts_with("float32") || info.precision.starts_with("bfloat16"));
  EXPECT_GE(info.threads, 1);
  EXPECT_GT(info.windows_per_s, 0.0);
  EXPECT_GT(info.parameters, 10000);
}

TEST_F(TorchEngineTest, ReducedPrecisionStaysInsideTheGate) {
  const auto exact = open(Precision::kFloat32);
  const auto reduced = open(Precision::kBfloat16);
  const Window window = random_window(geometry_, 9);
  const Window* windows[] = {&window};
  ScoreBatch a;
  ScoreBatch b;
  ASSERT_TRUE(exact->score(windows, a));
  ASSERT_TRUE(reduced->score(windows, b));
  EXPECT_NE(a.values, b.values);
  for (std::size_t i = 0; i < a.values.size(); ++i) {
    ASSERT_NEAR(a.values[i], b.values[i], 0.05);
  }
}

TEST_F(TorchEngineTest, NamesWhatIsWrongWithAFolder) {
  EngineOptions options;
  options.device = Device::kCpu;
  options.model_directory = folder_.path() / "none";
  EXPECT_EQ(open_error(options).code, Errc::kNotFound);

  options.model_directory = folder_.path();
  const auto weights = folder_.path() / kWeightsFile;
  const std::string good = TmpDir::read(weights);
  std::string damaged = good;
  damaged[damaged.size() / 2] ^= 1;
  folder_.write(kWeightsFile, damaged);
  EXPECT_EQ(open_error(options).code, Errc::kModelMismatch);
  EXPECT_NE(open_error(options).what.find("SHA-256"), std::string::npos);

  folder_.write(kWeightsFile, good.substr(0, good.size() / 2));
  EXPECT_EQ(open_error(options).code, Errc::kCorruptRecord);

  std::filesystem::remove(weights);
  EXPECT_EQ(open_error(options).code, Errc::kNotFound);
}

TEST_F(TorchEngineTest, RefusesAModelOfAnotherTaskAndADeviceThatIsNotThere) {
  EngineOptions options;
  options.model_directory = folder_.path();
  if (!std::filesystem::exists("/dev/nvidiactl")) {
    options.device = Device::kCuda;
    EXPECT_EQ(open_error(options).code, Errc::kDevice);
  }
  options.device = Device::kCpu;
  test::write_model(folder_.path(), *random_network(geometry_, Task::kEmg));
  EXPECT_EQ(open_error(options).code, Errc::kModelMismatch);
}

TEST_F(TorchEngineTest, RefusesWeightsOfAnotherGeometry) {
  Manifest manifest = *load_manifest(folder_.path());
  manifest.geometry.heads = 2;  // no tensor shows the number of heads
  EXPECT_TRUE(load_network(folder_.path(), manifest));
  manifest.geometry.head_channels[1] = 11;
  const auto network = load_network(folder_.path(), manifest);
  ASSERT_FALSE(network);
  EXPECT_EQ(network.error().code, Errc::kModelMismatch);
  EXPECT_NE(network.error().what.find("out_head.up_layers.1.conv.weight"), std::string::npos);
}

TEST_F(TorchEngineTest, SavesWhatItLoaded) {
  const Manifest manifest = *load_manifest(folder_.path());
  const auto network = load_network(folder_.path(), manifest);
  ASSERT_TRUE(network) << network.error().what;
  TmpDir copy;
  ASSERT_TRUE(save_network(copy.path(), **network, manifest));
  EXPECT_EQ(TmpDir::read(copy.path() / kWeightsFile), TmpDir::read(folder_.path() / kWeightsFile));
  EXPECT_EQ(TmpDir::read(copy.path() / "manifest.json"),
            TmpDir::read(folder_.path() / "manifest.json"));
}

}  // namespace
}  // namespace geod::models
