#include "models/torch_inversion_engine.hpp"

#include <limits>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "models/file_io.hpp"
#include "models/golden_image.hpp"
#include "models/inversion_scaling.hpp"
#include "models/inversion_specs.hpp"
#include "models/safetensors.hpp"
#include "models/torch_tuning.hpp"
#include "tests/support/inversion_networks.hpp"
#include "tests/support/models_tmp_dir.hpp"

namespace geod::models {
namespace {

using test::drawn_inversion;
using test::small_inversion;
using test::TmpDir;

HostTensor host(const TorchInversionNet& network, const std::string& name) {
  const at::Tensor values = network.tensors().at(name).detach().contiguous();
  const float* data = values.const_data_ptr<float>();
  return {values.sizes().vec(), {data, data + values.numel()}};
}

/// A base in a folder, and what may be laid on it.
class Inversion : public ::testing::Test {
 protected:
  Inversion() : base_network_(drawn_inversion(small_inversion(), 1)) {
    base_.name = "inverter";
    base_.version = "1";
    base_.family = kInversionFamily;
    base_.task = Task::kFwi;
    base_.normalisation = kShotsLog;
    base_.inversion = small_inversion();
    std::vector<FloatTensor> tensors;
    for (const TensorSpec& spec : inversion_specs(base_.inversion)) {
      tensors.push_back({spec.name, spec.shape, host(*base_network_, spec.name).values});
    }
    const auto path = folder_.path() / "model.safetensors";
    EXPECT_TRUE(write_safetensors(path, std::move(tensors), {}));
    base_.weights_sha256 = *InputFile::open(path)->sha256();
    EXPECT_TRUE(save_manifest(folder_.path(), base_));
  }

  std::shared_ptr<NetworkOverlay> overlay(InversionTuning tuning, std::uint64_t seed) const {
    auto overlay = std::make_shared<NetworkOverlay>();
    overlay->manifest = base_;
    overlay->manifest.name = "geology";
    overlay->manifest.inversion = small_inversion(tuning);
    overlay->adapter_hash = std::string(64, 'b');
    const auto network = drawn_inversion(small_inversion(tuning), seed);
    for (const TensorSpec& spec : network->tensors().specs()) {
      if (is_laid_on(spec, network->geometry())) {
        overlay->tensors[spec.name] = host(*network, spec.name);
      }
    }
    return overlay;
  }

  EngineOptions options(std::shared_ptr<const NetworkOverlay> overlay) const {
    EngineOptions options;
    options.model_directory = folder_.path();
    options.task = Task::kFwi;
    options.overlay = std::move(overlay);
    options.device = Device::kCpu;
    options.precision = Precision::kFloat32;
    options.threads = 2;
    return options;
  }

  std::unique_ptr<InversionEngine> open(std::shared_ptr<const NetworkOverlay> overlay) const {
    auto engine = TorchInversionEngine::open(options(std::move(overlay)));
    EXPECT_TRUE(engine) << engine.error().what;
    return engine ? std::move(*engine) : nullptr;
  }

  /// Velocities that the network as it is trained gives.
  std::vector<float> expected(const NetworkOverlay* overlay, const Shots& shots) const {
    const at::NoGradGuard no_grad;
    const auto base = load_base(folder_.path(), base_).value();
    const auto network = assemble_inversion(*base, overlay).value();
    const InversionScaling scaling(base_.inversion_settings);
    at::Tensor x = at::zeros({1, shots.sources, shots.times, shots.receivers});
    std::copy(shots.amplitudes.begin(), shots.amplitudes.end(), x.mutable_data_ptr<float>());
    scaling.shots({x.mutable_data_ptr<float>(), shots.amplitudes.size()});
    const at::Tensor map = network->forward(x, false).contiguous();
    std::vector<float> m_s(map.const_data_ptr<float>(), map.const_data_ptr<float>() + map.numel());
    for (float& value : m_s) {
      value = scaling.velocity_m_s(value);
    }
    return m_s;
  }

  static std::vector<float> invert(InversionEngine& engine, const std::vector<Shots>& sets) {
    std::vector<const Shots*> batch;
    for (const Shots& shots : sets) {
      batch.push_back(&shots);
    }
    VelocityMaps maps;
    const auto ok = engine.invert(batch, maps);
    EXPECT_TRUE(ok) << ok.error().what;
    return maps.m_s;
  }

  TmpDir folder_;
  std::unique_ptr<TorchInversionNet> base_network_;
  Manifest base_;
};

Shots shots_of(float gain) {
  Shots shots = golden_shots(small_inversion());
  for (float& value : shots.amplitudes) {
    value *= gain;
  }
  return shots;
}

/// Of velocities in m/s whose range is 3000.
constexpr double kClose_m_s = 0.05;

TEST_F(Inversion, GivesWhatTheTrainedNetworkGivesWhateverIsLaidOn) {
  for (const InversionTuning tuning : kAllInversionTunings) {
    const auto laid = tuning == InversionTuning::kNone ? nullptr : overlay(tuning, 3);
    const auto engine = open(laid);
    ASSERT_NE(engine, nullptr);
    const Shots shots = shots_of(1.5F);
    EXPECT_LT(largest_change(invert(*engine, {shots}), expected(laid.get(), shots)), kClose_m_s)
        << to_string(tuning);
  }
}

TEST_F(Inversion, AMapDoesNotDependOnItsBatch) {
  const auto engine = open(nullptr);
  const auto alone = invert(*engine, {shots_of(2.0F)});
  const auto among = invert(*engine, {shots_of(1.0F), shots_of(2.0F), shots_of(-1.0F)});
  EXPECT_TRUE(std::equal(
      alone.begin(), alone.end(), among.begin() + static_cast<std::ptrdiff_t>(alone.size())));
}

TEST_F(Inversion, TakesAnotherNetworkBetweenTwoBatchesAndGivesTheFirstBack) {
  const auto engine = open(nullptr);
  const Shots shots = shots_of(1.0F);
  const auto before = invert(*engine, {shots});
  const auto lora = overlay(InversionTuning::kLora, 4);
  auto prepared = engine->prepare(lora);
  ASSERT_TRUE(prepared) << prepared.error().what;
  EXPECT_EQ(invert(*engine, {shots}), before);  // nothing has changed yet
  auto first = engine->replace(std::move(*prepared));
  EXPECT_EQ(engine->adapter_hash(), lora->adapter_hash);
  EXPECT_EQ(engine->manifest().name, "geology");
  const auto adapted = invert(*engine, {shots});
  EXPECT_LT(largest_change(adapted, expected(lora.get(), shots)), kClose_m_s);
  EXPECT_GT(largest_change(adapted, before), 1.0);
  static_cast<void>(engine->replace(std::move(first)));
  EXPECT_EQ(invert(*engine, {shots}), before);  // exactly: the base was never touched
}

TEST_F(Inversion, TriesOutTheGoldenShotsOfABundle) {
  const auto lora = overlay(InversionTuning::kLora, 5);
  const Shots shots = golden_shots(base_.inversion);
  std::vector<float> map = expected(lora.get(), shots);
  const InversionScaling scaling(base_.inversion_settings);
  for (float& value : map) {
    value = scaling.velocity(value);
  }
  lora->golden =
      GoldenCase{{}, golden_grid(map, 1, base_.inversion.depths, base_.inversion.offsets), 1e-4};
  EXPECT_TRUE(TorchInversionEngine::open(options(lora)));
  lora->golden->output[7] += 0.01F;
  const auto refused = TorchInversionEngine::open(options(lora));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kModelMismatch);
  EXPECT_NE(refused.error().what.find("golden shots"), std::string::npos) << refused.error().what;
}

TEST_F(Inversion, RefusesShotsOfAnotherSizeOrThatAreNotFinite) {
  const auto engine = open(nullptr);
  Shots shorter = shots_of(1.0F);
  shorter.times -= 1;
  Shots cut = shots_of(1.0F);
  cut.amplitudes.pop_back();
  Shots infinite = shots_of(1.0F);
  infinite.amplitudes[3] = std::numeric_limits<float>::infinity();
  for (const Shots& shots : {shorter, cut, infinite}) {
    const Shots* const batch[] = {&shots};
    VelocityMaps maps;
    EXPECT_EQ(engine->invert(batch, maps).error().code, Errc::kModelMismatch);
  }
}

TEST_F(Inversion, RefusesAFolderOfAnotherFamily) {
  base_.family = kNetworkFamily;
  base_.task = Task::kDpk;
  base_.normalisation = kWindowZscore;
  ASSERT_TRUE(save_manifest(folder_.path(), base_));
  EXPECT_EQ(TorchInversionEngine::open(options(nullptr)).error().code, Errc::kUnsupported);
}

}  // namespace
}  // namespace geod::models
