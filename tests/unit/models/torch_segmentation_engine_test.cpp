#include "models/torch_segmentation_engine.hpp"

#include <cmath>
#include <limits>
#include <thread>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/softmax.h>
#include <gtest/gtest.h>

#include "models/golden_image.hpp"
#include "models/torch_tuning.hpp"
#include "tests/support/image_networks.hpp"
#include "tests/support/models_tmp_dir.hpp"

namespace geod::models {
namespace {

using test::random_image_overlay;
using test::random_segmenter;
using test::random_tile;
using test::small_encoder;
using test::small_segmenter;
using test::TmpDir;

Manifest with_lora(Manifest manifest, std::int64_t rank = 2) {
  manifest.segmenter.lora_rank = rank;
  manifest.segmenter.lora_alpha = 3.0;
  return manifest;
}

/// An encoder in a folder; networks of all kinds over it.
class Segmentation : public ::testing::Test {
 protected:
  Segmentation() {
    const Manifest encoder = small_encoder();
    base_ =
        test::write_image_model(folder_.path(), encoder, *random_segmenter(encoder.segmenter, 1));
  }

  EngineOptions options(std::shared_ptr<const NetworkOverlay> overlay, Task task) const {
    EngineOptions options;
    options.model_directory = folder_.path();
    options.task = task;
    options.overlay = std::move(overlay);
    options.device = Device::kCpu;
    options.precision = Precision::kFloat32;
    options.threads = 2;
    return options;
  }

  std::unique_ptr<SegmentationEngine> open(std::shared_ptr<const NetworkOverlay> overlay) const {
    auto engine = TorchSegmentationEngine::open(options(overlay, overlay->manifest.task));
    EXPECT_TRUE(engine) << engine.error().what;
    return engine ? std::move(*engine) : nullptr;
  }

  std::string refusal(const EngineOptions& options) const {
    const auto engine = TorchSegmentationEngine::open(options);
    EXPECT_FALSE(engine);
    return engine ? "" : engine.error().what;
  }

  /// What the network as it is trained gives for a tile.
  std::vector<float> expected(const NetworkOverlay& overlay, const Tile& tile) const {
    const at::NoGradGuard no_grad;
    auto tensors = overlaid(*load_base(folder_.path(), base_).value(), &overlay).value();
    const TorchSegmenter network(overlay.manifest.segmenter, std::move(tensors));
    const at::Tensor raw = at::from_blob(
        const_cast<float*>(tile.values.data()), {1, tile.rows, tile.columns}, at::kFloat);
    const at::Tensor shares = at::softmax(network.logits(raw, false), 1).contiguous();
    const float* values = shares.const_data_ptr<float>();
    return {values, values + shares.numel()};
  }

  static std::vector<float> segment(SegmentationEngine& engine, const std::vector<Tile>& tiles) {
    std::vector<const Tile*> pointers;
    for (const Tile& tile : tiles) {
      pointers.push_back(&tile);
    }
    SegmentBatch batch;
    const auto ok = engine.segment(pointers, batch);
    EXPECT_TRUE(ok) << ok.error().what;
    return batch.values;
  }

  TmpDir folder_;
  Manifest base_;
};

TEST_F(Segmentation, GivesWhatTheTrainedNetworkGives) {
  for (const SegmentDecoder decoder : {SegmentDecoder::kLinear,
                                       SegmentDecoder::kPup,
                                       SegmentDecoder::kMla,
                                       SegmentDecoder::kDpt,
                                       SegmentDecoder::kUnet}) {
    Manifest wanted = small_segmenter(Task::kSalt, decoder);
    if (decoder != SegmentDecoder::kUnet) {
      wanted = with_lora(wanted);
    }
    const auto overlay = random_image_overlay(base_, wanted, 3);
    const auto engine = open(overlay);
    ASSERT_NE(engine, nullptr);
    EXPECT_EQ(engine->adapter_hash(), overlay->adapter_hash);
    EXPECT_EQ(engine->manifest().segmenter, wanted.segmenter);
    const Tile tile = random_tile(wanted.segmenter, 5);
    const auto ours = segment(*engine, {tile});
    EXPECT_LT(largest_change(ours, expected(*overlay, tile)), 1e-5) << to_string(decoder);
    for (std::size_t i = 0; i < tile.values.size(); ++i) {
      ASSERT_NEAR(ours[i] + ours[tile.values.size() + i], 1.0F, 1e-5F);
    }
  }
}

TEST_F(Segmentation, ServesAWholeNetworkWithoutAnOverlay) {
  const Manifest network = with_lora(small_segmenter(Task::kCrater));
  const auto trained = random_segmenter(network.segmenter, 8);
  base_ = test::write_image_model(folder_.path(), network, *trained);
  auto engine = TorchSegmentationEngine::open(options(nullptr, Task::kCrater));
  ASSERT_TRUE(engine) << engine.error().what;
  EXPECT_EQ((*engine)->adapter_hash(), "");
  EXPECT_GT((*engine)->info().parameters, 1000);
  EXPECT_GT((*engine)->info().windows_per_s, 0.0);
  const Tile tile = random_tile(network.segmenter, 5);
  EXPECT_EQ(segment(**engine, {tile}).size(), 2 * tile.values.size());
}

TEST_F(Segmentation, OfATileDoesNotDependOnItsBatch) {
  const auto overlay = random_image_overlay(base_, with_lora(small_segmenter()), 3);
  const auto engine = open(overlay);
  ASSERT_NE(engine, nullptr);
  std::vector<Tile> tiles;
  for (unsigned n = 0; n < 5; ++n) {
    tiles.push_back(random_tile(overlay->manifest.segmenter, n));
  }
  const auto together = segment(*engine, tiles);
  for (std::size_t n = 0; n < tiles.size(); ++n) {
    const auto alone = segment(*engine, {tiles[n]});
    ASSERT_TRUE(std::equal(alone.begin(),
                           alone.end(),
                           together.begin() + static_cast<std::ptrdiff_t>(n * alone.size())))
        << n;
  }
}

TEST_F(Segmentation, ExchangesNetworksBetweenBatches) {
  const auto first = random_image_overlay(base_, with_lora(small_segmenter()), 3);
  // Another decoder, more classes, another size: a network of the same task.
  Manifest wanted = small_segmenter(Task::kSalt, SegmentDecoder::kDpt);
  wanted.segmenter.classes = 3;
  wanted.segments.class_names = {"rock", "salt", "rim"};
  wanted.segmenter.rows = 28;
  const auto second = random_image_overlay(base_, wanted, 4);
  const auto engine = open(first);
  ASSERT_NE(engine, nullptr);
  const Tile tile = random_tile(first->manifest.segmenter, 1);
  const auto before = segment(*engine, {tile});

  Result<std::unique_ptr<PreparedNetwork>> prepared = fail(Errc::kIo, "not prepared");
  std::thread([&] { prepared = engine->prepare(second); }).join();
  ASSERT_TRUE(prepared) << prepared.error().what;
  EXPECT_EQ(segment(*engine, {tile}), before);  // not yet
  auto old = engine->replace(std::move(*prepared));
  EXPECT_EQ(engine->manifest().segmenter.classes, 3);
  const Tile small = random_tile(wanted.segmenter, 2);
  const auto after = segment(*engine, {small});
  ASSERT_EQ(after.size(), 3 * small.values.size());
  EXPECT_LT(largest_change(after, expected(*second, small)), 1e-5);

  static_cast<void>(engine->replace(std::move(old)));
  EXPECT_EQ(engine->adapter_hash(), first->adapter_hash);
  EXPECT_EQ(segment(*engine, {tile}), before);
}

TEST_F(Segmentation, OutlivesTheOverlayItServes) {
  auto overlay = random_image_overlay(base_, small_segmenter(), 3);
  const Tile tile = random_tile(overlay->manifest.segmenter, 1);
  const auto right = expected(*overlay, tile);
  const auto engine = open(overlay);
  ASSERT_NE(engine, nullptr);
  for (auto& [name, tensor] : overlay->tensors) {
    std::fill(tensor.values.begin(), tensor.values.end(), 7.0F);
  }
  EXPECT_LT(largest_change(segment(*engine, {tile}), right), 1e-5);
}

TEST_F(Segmentation, SharesTheBaseOfTheEngineBeside) {
  const auto first = open(random_image_overlay(base_, with_lora(small_segmenter()), 3));
  ASSERT_NE(first, nullptr);
  const auto overlay = random_image_overlay(base_, small_segmenter(Task::kCrater), 4);
  EngineOptions beside = options(overlay, Task::kCrater);
  beside.beside = first.get();
  const auto engine = TorchSegmentationEngine::open(beside);
  ASSERT_TRUE(engine) << engine.error().what;
  EXPECT_EQ((*engine)->info().threads, first->info().threads);
  const Tile tile = random_tile(overlay->manifest.segmenter, 1);
  EXPECT_LT(largest_change(segment(**engine, {tile}), expected(*overlay, tile)), 1e-5);
}

TEST_F(Segmentation, ChecksTheGoldenImage) {
  auto overlay = random_image_overlay(base_, with_lora(small_segmenter()), 3);
  const SegmenterGeometry& g = overlay->manifest.segmenter;
  const auto output = expected(*overlay, golden_image(g.rows, g.columns));
  overlay->golden = GoldenCase{{}, golden_grid(output, g.classes, g.rows, g.columns), 1e-4};
  const auto engine = open(overlay);
  ASSERT_NE(engine, nullptr);

  auto wrong = std::make_shared<NetworkOverlay>(*overlay);
  wrong->golden->output[17] += 0.01F;
  EXPECT_NE(refusal(options(wrong, Task::kSalt)).find("golden image"), std::string::npos);
  const auto prepared = engine->prepare(wrong);
  ASSERT_FALSE(prepared);
  EXPECT_EQ(prepared.error().code, Errc::kModelMismatch);
  EXPECT_EQ(segment(*engine, {random_tile(g, 1)}).size(), std::size_t(2 * g.rows * g.columns));
}

TEST_F(Segmentation, RefusesWhatItCannotServe) {
  EXPECT_NE(refusal(options(nullptr, Task::kSalt)).find("encoder alone"), std::string::npos);
  const auto overlay = random_image_overlay(base_, small_segmenter(Task::kSalt), 3);
  EXPECT_NE(refusal(options(overlay, Task::kCrater)).find("task salt"), std::string::npos);
  const auto engine = open(overlay);
  ASSERT_NE(engine, nullptr);
  const auto prepared = engine->prepare(nullptr);
  ASSERT_FALSE(prepared);
  EXPECT_EQ(prepared.error().code, Errc::kModelMismatch);

  auto broken = std::make_shared<NetworkOverlay>(*overlay);
  broken->tensors.erase("decoder.decode_net.8.bias");
  EXPECT_NE(refusal(options(broken, Task::kSalt)).find("decode_net.8.bias"), std::string::npos);
  EngineOptions none = options(overlay, Task::kSalt);
  none.max_batch = 0;
  EXPECT_NE(refusal(none).find("max_batch"), std::string::npos);
}

TEST_F(Segmentation, KeepsTheSizeOfTilesOfAFibre) {
  const auto engine = open(random_image_overlay(base_, small_segmenter(Task::kDas), 3));
  ASSERT_NE(engine, nullptr);
  EXPECT_TRUE(engine->prepare(random_image_overlay(base_, small_segmenter(Task::kDas), 4)));
  Manifest larger = small_segmenter(Task::kDas);
  larger.segmenter.rows = 70;
  Manifest phases = small_segmenter(Task::kDas);
  phases.segmenter.classes = 3;
  phases.segments.class_names = {"noise", "P", "S"};
  for (const Manifest& other : {larger, phases}) {
    const auto prepared = engine->prepare(random_image_overlay(base_, other, 5));
    ASSERT_FALSE(prepared);
    EXPECT_NE(prepared.error().what.find("restart"), std::string::npos) << prepared.error().what;
  }
}

TEST_F(Segmentation, RefusesOtherSizesAndValuesAndGoesOn) {
  const auto overlay = random_image_overlay(base_, small_segmenter(), 3);
  const auto engine = open(overlay);
  ASSERT_NE(engine, nullptr);
  const Tile good = random_tile(overlay->manifest.segmenter, 1);
  Tile turned = good;
  std::swap(turned.rows, turned.columns);
  Tile shorter = good;
  shorter.values.pop_back();
  Tile broken = good;
  broken.values[3] = std::numeric_limits<float>::quiet_NaN();
  for (const Tile& bad : {turned, shorter, broken}) {
    SegmentBatch batch;
    const Tile* const tiles[] = {&good, &bad};
    const auto ok = engine->segment(tiles, batch);
    ASSERT_FALSE(ok);
    EXPECT_EQ(ok.error().code, Errc::kModelMismatch);
  }
  EXPECT_EQ(segment(*engine, {good}).size(), 2 * good.values.size());
}

TEST_F(Segmentation, MeasuresReducedPrecision) {
  const auto overlay = random_image_overlay(base_, with_lora(small_segmenter()), 3);
  EngineOptions automatic = options(overlay, Task::kSalt);
  automatic.precision = Precision::kAuto;
  const auto engine = TorchSegmentationEngine::open(automatic);
  ASSERT_TRUE(engine) << engine.error().what;
  EXPECT_NE((*engine)->info().precision.find("bfloat16"), std::string::npos)
      << (*engine)->info().precision;
  const Tile tile = random_tile(overlay->manifest.segmenter, 1);
  EXPECT_LT(largest_change(segment(**engine, {tile}), expected(*overlay, tile)), 0.1);
}

}  // namespace
}  // namespace geod::models
