#include "adapters/peft_dinov2.hpp"

#include <map>
#include <random>

#include <gtest/gtest.h>

#include "models/safetensors.hpp"
#include "tests/support/image_manifests.hpp"
#include "tests/support/models_tmp_dir.hpp"

namespace geod::adapters {
namespace {

using models::FloatTensor;
using models::HostTensor;
using models::NetworkOverlay;
using models::test::small_segmenter;
using models::test::TmpDir;

constexpr std::int64_t kRank = 3;
constexpr std::int64_t kWidth = 24;
constexpr const char* kNewLayers[] = {"q_proj", "k_proj", "v_proj", "o_proj"};
constexpr const char* kOldLayers[] = {
    "attention.query", "attention.key", "attention.value", "output.dense"};

std::string name_of(int block, const std::string& layer, char half) {
  return "base_model.model.encoder.layer." + std::to_string(block) + ".attention." + layer +
         ".lora_" + half + ".weight";
}

/// One value of B A.
double product(const std::vector<float>& a,
               const std::vector<float>& b,
               std::int64_t rank,
               std::int64_t row,
               std::int64_t column) {
  double sum = 0.0;
  for (std::int64_t i = 0; i < rank; ++i) {
    sum += static_cast<double>(b[static_cast<std::size_t>(row * rank + i)]) *
           static_cast<double>(a[static_cast<std::size_t>(i * kWidth + column)]);
  }
  return sum;
}

class PeftDinov2 : public ::testing::Test {
 protected:
  PeftDinov2() {
    config_.rank = kRank;
    config_.alpha = 6.0;
    overlay_.manifest = small_segmenter();
  }

  /// Adds a random pair; returns its A.
  std::vector<float> add(int block, const std::string& layer, std::vector<float> a = {}) {
    std::normal_distribution<float> normal;
    std::vector<float> b(static_cast<std::size_t>(kRank * kWidth));
    if (a.empty()) {
      a.resize(b.size());
      std::generate(a.begin(), a.end(), [&] { return normal(generator_); });
    }
    std::generate(b.begin(), b.end(), [&] { return normal(generator_); });
    tensors_[name_of(block, layer, 'A')] = {"", {kRank, kWidth}, a};
    tensors_[name_of(block, layer, 'B')] = {"", {kWidth, kRank}, b};
    return a;
  }

  models::SafetensorsFile file() const {
    std::vector<FloatTensor> list;
    for (auto tensor : tensors_) {
      tensor.second.name = tensor.first;
      list.push_back(tensor.second);
    }
    return *models::SafetensorsFile::from_bytes(models::safetensors_bytes(std::move(list), {}),
                                                "adapter_model.safetensors");
  }

  Result<std::int64_t> read() {
    const auto factor = dinov2_rank_factor(file(), config_, overlay_.manifest.segmenter);
    if (factor) {
      overlay_.manifest.segmenter.lora_rank = kRank * *factor;
      if (auto ok = add_dinov2_tensors(file(), config_, *factor, overlay_); !ok) {
        return tl::unexpected(ok.error());
      }
    }
    return factor;
  }

  std::string refusal() {
    const auto read_in = read();
    EXPECT_FALSE(read_in);
    return read_in ? "" : read_in.error().what;
  }

  /// Whether the fused layer of `block` does what its three (or one, the projection) do.
  void expect_same(int block, const char* const (&layers)[4]) {
    const std::int64_t rank = overlay_.manifest.segmenter.lora_rank;
    const std::string attention = "encoder.blocks." + std::to_string(block) + ".attn.";
    for (int layer = 0; layer < 4; ++layer) {
      const std::string fused = attention + (layer == 3 ? "proj" : "qkv");
      const HostTensor& a = overlay_.tensors.at(fused + ".lora_A.weight");
      const HostTensor& b = overlay_.tensors.at(fused + ".lora_B.weight");
      EXPECT_EQ(a.shape, (std::vector<std::int64_t>{rank, kWidth}));
      const auto own_a = tensors_.find(name_of(block, layers[layer], 'A'));
      const auto own_b = tensors_.find(name_of(block, layers[layer], 'B'));
      for (std::int64_t row = 0; row < kWidth; ++row) {
        for (std::int64_t column = 0; column < kWidth; ++column) {
          const double expected =
              own_a == tensors_.end()
                  ? 0.0
                  : product(own_a->second.values, own_b->second.values, kRank, row, column);
          const std::int64_t fused_row = layer == 3 ? row : layer * kWidth + row;
          ASSERT_DOUBLE_EQ(product(a.values, b.values, rank, fused_row, column), expected)
              << layers[layer] << " " << row << " " << column;
        }
      }
    }
  }

  PeftConfig config_;
  NetworkOverlay overlay_;
  std::map<std::string, FloatTensor> tensors_;
  std::mt19937 generator_{7};
};

TEST_F(PeftDinov2, KeepsTheRankWhereOneAServesAll) {
  for (int block = 0; block < 4; ++block) {
    const auto a = add(block, "q_proj");
    add(block, "k_proj", a);
    add(block, "v_proj", a);
    add(block, "o_proj");
  }
  const auto factor = read();
  ASSERT_TRUE(factor) << factor.error().what;
  EXPECT_EQ(*factor, 1);
  for (int block = 0; block < 4; ++block) {
    expect_same(block, kNewLayers);
  }
  // And back into the same file.
  const auto written = to_dinov2_peft(overlay_.tensors);
  ASSERT_EQ(written.size(), tensors_.size());
  for (const FloatTensor& tensor : written) {
    ASSERT_TRUE(tensors_.contains(tensor.name)) << tensor.name;
    EXPECT_EQ(tensor.shape, tensors_[tensor.name].shape);
    EXPECT_EQ(tensor.values, tensors_[tensor.name].values);
  }
}

TEST_F(PeftDinov2, JoinsThreeAExactlyAtThreeTimesTheRank) {
  for (int block = 0; block < 4; ++block) {
    for (const char* layer : kNewLayers) {
      add(block, layer);
    }
  }
  const auto factor = read();
  ASSERT_TRUE(factor) << factor.error().what;
  EXPECT_EQ(*factor, 3);
  for (int block = 0; block < 4; ++block) {
    expect_same(block, kNewLayers);
  }
}

TEST_F(PeftDinov2, TakesSomeLayersOfSomeBlocks) {
  add(1, "q_proj");
  add(1, "v_proj");
  add(3, "o_proj");
  const auto factor = read();
  ASSERT_TRUE(factor) << factor.error().what;
  EXPECT_EQ(*factor, 3);
  for (int block = 0; block < 4; ++block) {
    expect_same(block, kNewLayers);
  }
}

TEST_F(PeftDinov2, TakesTheNamesOfTransformers4) {
  config_.target_modules = {"dense", "key", "query", "value"};
  for (const char* layer : kOldLayers) {
    add(0, layer);
  }
  ASSERT_TRUE(read());
  expect_same(0, kOldLayers);
}

TEST_F(PeftDinov2, RefusesALayerUnderBothNames) {
  add(0, "q_proj");
  add(0, "attention.query");
  EXPECT_NE(refusal().find("twice"), std::string::npos);
}

TEST_F(PeftDinov2, RefusesWhatTheConfigDoesNotName) {
  config_.target_modules = {"q_proj", "v_proj"};
  add(0, "q_proj");
  add(0, "k_proj");
  EXPECT_NE(refusal().find("k_proj.lora_A.weight' is not among"), std::string::npos);
}

TEST_F(PeftDinov2, RefusesWhatIsNoLayerOfTheAttention) {
  EXPECT_NE(refusal().find("holds no LoRA"), std::string::npos);
  for (const char* name : {"base_model.model.encoder.layer.x.attention.q_proj.lora_A.weight",
                           "base_model.model.encoder.layer.",
                           "base_model.model.encoder.layer.0",
                           "base_model.model.encoder.layer.0.lora_A.weight",
                           "base_model.model.encoder.layer.lora_A.weight",
                           "base_model.model.encoder.layer.4.attention.q_proj.lora_A.weight",
                           "base_model.model.encoder.layer.99999999999999999999.attention.q_proj."
                           "lora_A.weight",
                           "base_model.model.encoder.layer.0.attention.q_proj.lora_A.bias",
                           "encoder.layer.0.attention.q_proj.lora_A.weight"}) {
    tensors_ = {{name, {"", {1}, {0.0F}}}};
    EXPECT_NE(refusal().find(name), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace geod::adapters
