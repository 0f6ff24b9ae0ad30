#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "models/torch_engine.hpp"
#include "models/torch_model_files.hpp"
#include "tests/support/models_overlays.hpp"
#include "tests/support/models_tmp_dir.hpp"

namespace geod::models {
namespace {

using test::outputs_of;
using test::random_network;
using test::random_overlay;
using test::random_window;
using test::TmpDir;

constexpr Task kTasks[] = {Task::kDpk, Task::kPmp, Task::kBaz, Task::kEmg, Task::kDis};

class EngineReplace : public ::testing::Test {
 protected:
  EngineReplace() : geometry_(test::small_geometry()) {
    geometry_.lora_rank = 0;
    test::write_model(folder_.path(), *random_network(geometry_, Task::kDpk));
    base_ = *load_manifest(folder_.path());
    for (unsigned n = 0; n < 5; ++n) {
      windows_.push_back(random_window(geometry_, n));
    }
    for (const Window& window : windows_) {
      pointers_.push_back(&window);
    }
  }

  EngineOptions options(std::shared_ptr<const NetworkOverlay> overlay) const {
    EngineOptions options;
    options.model_directory = folder_.path();
    options.task = overlay == nullptr ? Task::kDpk : overlay->manifest.task;
    options.overlay = std::move(overlay);
    options.device = Device::kCpu;
    options.precision = Precision::kFloat32;
    options.threads = 2;
    return options;
  }

  std::unique_ptr<Engine> open(std::shared_ptr<const NetworkOverlay> overlay) const {
    auto engine = TorchEngine::open(options(std::move(overlay)));
    EXPECT_TRUE(engine) << engine.error().what;
    return engine ? std::move(*engine) : nullptr;
  }

  std::vector<float> scores(Engine& engine) const {
    ScoreBatch batch;
    const auto scored = engine.score(pointers_, batch);
    EXPECT_TRUE(scored) << scored.error().what;
    return batch.values;
  }

  /// Replaces what serves by `overlay`; returns what served before.
  static std::unique_ptr<PreparedNetwork> serve(Engine& engine,
                                                std::shared_ptr<const NetworkOverlay> overlay) {
    auto prepared = engine.prepare(std::move(overlay));
    EXPECT_TRUE(prepared) << prepared.error().what;
    return prepared ? engine.replace(std::move(*prepared)) : nullptr;
  }

  TmpDir folder_;
  SeisMollmGeometry geometry_;
  Manifest base_;
  std::vector<Window> windows_;
  std::vector<const Window*> pointers_;
};

TEST_F(EngineReplace, AnOverlayScoresAsTheNetworkItMakes) {
  for (const Task task : kTasks) {
    const auto overlay = random_overlay(base_, task, 3);
    const auto engine = open(overlay);
    ASSERT_NE(engine, nullptr);
    EXPECT_EQ(engine->adapter_hash(), overlay->adapter_hash);
    EXPECT_EQ(engine->manifest().task, task);
    EXPECT_EQ(engine->manifest().model_id(), "adapter-3");

    const auto network = load_network(folder_.path(), base_, overlay.get());
    ASSERT_TRUE(network) << network.error().what;
    const std::vector<float> all = scores(*engine);
    const std::size_t length = all.size() / windows_.size();
    for (std::size_t n = 0; n < windows_.size(); ++n) {
      const std::vector<float> expected = outputs_of(**network, windows_[n]);
      ASSERT_EQ(expected.size(), length);
      for (std::size_t i = 0; i < length; ++i) {
        ASSERT_NEAR(all[n * length + i], expected[i], 1e-5 * output_range(task)) << to_string(task);
      }
    }
  }
}

TEST_F(EngineReplace, ScoresAsAFreshlyOpenedEngine) {
  for (const Task task : kTasks) {
    const auto first = random_overlay(base_, task, 1);
    const auto second = random_overlay(base_, task, 2);
    const auto engine = open(first);
    const auto fresh = open(second);
    ASSERT_TRUE(engine && fresh);
    const std::vector<float> of_first = scores(*engine);
    const std::vector<float> of_second = scores(*fresh);
    ASSERT_NE(of_first, of_second);

    auto before = serve(*engine, second);
    EXPECT_EQ(scores(*engine), of_second) << to_string(task);
    EXPECT_EQ(engine->adapter_hash(), second->adapter_hash);
    EXPECT_EQ(engine->manifest().model_id(), "adapter-2");

    before = engine->replace(std::move(before));  // back again, without preparing
    EXPECT_EQ(scores(*engine), of_first) << to_string(task);
    EXPECT_EQ(engine->adapter_hash(), first->adapter_hash);
  }
}

TEST_F(EngineReplace, NoOverlayIsTheBaseItself) {
  const auto engine = open(random_overlay(base_, Task::kDpk, 1));
  serve(*engine, nullptr);
  EXPECT_EQ(engine->adapter_hash(), "");
  EXPECT_EQ(engine->manifest().model_id(), "test-1");
  EXPECT_EQ(scores(*engine), scores(*open(nullptr)));
}

TEST_F(EngineReplace, ABatchOfOneEqualsABatchOfManyAfterIt) {
  for (const Task task : kTasks) {
    const auto engine = open(random_overlay(base_, task, 1));
    serve(*engine, random_overlay(base_, task, 2));
    const std::vector<float> many = scores(*engine);
    std::vector<float> alone;
    for (const Window* window : pointers_) {
      ScoreBatch batch;
      ASSERT_TRUE(engine->score({&window, 1}, batch));
      alone.insert(alone.end(), batch.values.begin(), batch.values.end());
    }
    ASSERT_EQ(alone.size(), many.size());
    for (std::size_t i = 0; i < many.size(); ++i) {
      ASSERT_NEAR(many[i], alone[i], 1e-6 * output_range(task)) << to_string(task);
    }
  }
}

TEST_F(EngineReplace, PreparesInAnotherThreadWhileItScores) {
  const auto first = random_overlay(base_, Task::kDpk, 1);
  const auto second = random_overlay(base_, Task::kDpk, 2);
  const auto engine = open(first);
  const std::vector<float> of_first = scores(*engine);
  const std::vector<float> of_second = scores(*open(second));

  constexpr int kPrepared = 8;
  std::atomic<int> ready = 0;
  std::unique_ptr<PreparedNetwork> last;
  std::jthread preparing([&] {
    for (int i = 0; i < kPrepared; ++i) {
      auto prepared = engine->prepare(second);
      ASSERT_TRUE(prepared) << prepared.error().what;
      last = std::move(*prepared);
      ++ready;
    }
  });
  int scored = 0;
  while (ready < kPrepared) {
    ASSERT_EQ(scores(*engine), of_first);
    ++scored;
  }
  preparing.join();
  EXPECT_GT(scored, 0);
  engine->replace(std::move(last));
  EXPECT_EQ(scores(*engine), of_second);
}

TEST_F(EngineReplace, BesideAnotherEngineTakesItsChoicesAndMeasuresNothing) {
  const auto picker = open(nullptr);
  EngineOptions beside = options(random_overlay(base_, Task::kEmg, 4));
  const auto alone = open(beside.overlay);
  beside.beside = picker.get();
  beside.precision = Precision::kAuto;
  beside.threads = 0;
  const auto engine = TorchEngine::open(beside);
  ASSERT_TRUE(engine) << engine.error().what;
  EXPECT_EQ((*engine)->info().precision, picker->info().precision);
  EXPECT_EQ((*engine)->info().threads, 2);
  EXPECT_EQ((*engine)->info().windows_per_s, picker->info().windows_per_s);
  EXPECT_EQ((*engine)->info().parameters, alone->info().parameters);
  EXPECT_EQ(scores(**engine), scores(*alone));

  const TmpDir other;
  test::write_model(other.path(), *random_network(geometry_, Task::kDpk, 8));
  beside.model_directory = other.path();
  EXPECT_EQ(TorchEngine::open(beside).error().code, Errc::kModelMismatch);
}

TEST_F(EngineReplace, RefusesWhatItCannotServeAndGoesOn) {
  const auto engine = open(nullptr);
  const std::vector<float> expected = scores(*engine);
  const auto refused = [&](const NetworkOverlay& overlay) {
    const auto prepared = engine->prepare(std::make_shared<NetworkOverlay>(overlay));
    EXPECT_FALSE(prepared);
    return prepared ? Error{} : prepared.error();
  };
  EXPECT_EQ(refused(*random_overlay(base_, Task::kPmp, 1)).code, Errc::kModelMismatch);
  NetworkOverlay overlay = *random_overlay(base_, Task::kDpk, 1);
  overlay.manifest.weights_sha256 = std::string(64, '0');
  EXPECT_EQ(refused(overlay).code, Errc::kModelMismatch);
  EXPECT_EQ(scores(*engine), expected);
}

TEST_F(EngineReplace, ChecksTheGoldenWindow) {
  for (const Task task : kTasks) {
    NetworkOverlay overlay = *random_overlay(base_, task, 5);
    const auto network = load_network(folder_.path(), base_, &overlay);
    ASSERT_TRUE(network) << network.error().what;
    overlay.golden = {windows_[0].data, outputs_of(**network, windows_[0]), 1e-4};
    const auto engine = open(std::make_shared<NetworkOverlay>(overlay));
    ASSERT_NE(engine, nullptr);
    EXPECT_TRUE(engine->prepare(std::make_shared<NetworkOverlay>(overlay)));

    overlay.golden->output[0] += static_cast<float>(2e-4 * output_range(task));
    const auto shared = std::make_shared<NetworkOverlay>(overlay);
    const auto prepared = engine->prepare(shared);
    ASSERT_FALSE(prepared) << to_string(task);
    EXPECT_EQ(prepared.error().code, Errc::kModelMismatch);
    EXPECT_NE(prepared.error().what.find("golden"), std::string::npos);
    EXPECT_EQ(TorchEngine::open(options(shared)).error().code, Errc::kModelMismatch);
  }
}

}  // namespace
}  // namespace geod::models
