#include "models/torch_decoders.hpp"

#include <array>

#include <ATen/ops/cat.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/upsample_nearest2d.h>
#include <fmt/format.h>

#include "core/error.hpp"

namespace geod::models {
namespace {

class LinearHead : public SegmentHead {
 public:
  explicit LinearHead(const TensorTable& table) : classify_(table, "decoder") {}

  bool takes_all_taps() const override { return false; }

  at::Tensor forward(std::span<const at::Tensor> features,
                     ImageSize size,
                     bool /*training*/) const override {
    return at::upsample_nearest2d(classify_.forward(features.back()), {size.rows, size.columns});
  }

 private:
  Convolution classify_;
};

class PupHead : public SegmentHead {
 public:
  explicit PupHead(const TensorTable& table) : classify_(table, "decoder.decode_net.8") {
    for (const int index : {0, 2, 4, 6}) {
      stages_.emplace_back(table, fmt::format("decoder.decode_net.{}", index), /*has_bias=*/true);
    }
  }

  bool takes_all_taps() const override { return false; }

  at::Tensor forward(std::span<const at::Tensor> features,
                     ImageSize size,
                     bool training) const override {
    at::Tensor x = features.back();
    std::int64_t divisor = 8;
    for (const DoubleConvolution& stage : stages_) {
      x = resize_bilinear(stage.forward(x, training), size.divided(divisor), false);
      divisor /= 2;
    }
    return classify_.forward(x);
  }

 private:
  std::vector<DoubleConvolution> stages_;
  Convolution classify_;
};

class MlaHead : public SegmentHead {
 public:
  explicit MlaHead(const TensorTable& table) : classify_(table, "decoder.output_net.conv_1") {
    for (int k = 1; k <= 4; ++k) {
      const std::string net = fmt::format("decoder.net{}_", k);
      levels_.push_back({DoubleConvolution(table, net + "in.layer_1", true),
                         DoubleConvolution(table, net + "intmd.layer_intmd", true),
                         {DoubleConvolution(table, net + "out.layer_2", true),
                          DoubleConvolution(table, net + "out.layer_3", true),
                          DoubleConvolution(table, net + "out.layer_4", true)}});
    }
  }

  bool takes_all_taps() const override { return true; }

  at::Tensor forward(std::span<const at::Tensor> features,
                     ImageSize size,
                     bool training) const override {
    std::vector<at::Tensor> outputs;
    at::Tensor sum;  // of the levels so far, before their middle block
    for (std::size_t k = 0; k < levels_.size(); ++k) {
      const Level& level = levels_[k];
      const at::Tensor in = level.in.forward(features[features.size() - 1 - k], training);
      sum = k == 0 ? in : in.add(sum);
      const at::Tensor middle = k == 0 ? sum : level.middle.forward(sum, training);
      outputs.push_back(enlarge(level, middle, training));
    }
    return resize_bilinear(classify_.forward(at::cat(outputs, 1)), size, false);
  }

 private:
  struct Level {
    DoubleConvolution in;
    DoubleConvolution middle;  ///< of the deepest level: part of the weights, never called
    std::array<DoubleConvolution, 3> out;
  };

  static at::Tensor enlarge(const Level& level, const at::Tensor& x, bool training) {
    const at::Tensor narrowed = level.out[1].forward(level.out[0].forward(x, training), training);
    const ImageSize four_times{4 * x.size(2), 4 * x.size(3)};
    return level.out[2].forward(resize_bilinear(narrowed, four_times, false), training);
  }

  std::vector<Level> levels_;
  Convolution classify_;
};

}  // namespace

DoubleConvolution::DoubleConvolution(const TensorTable& table,
                                     const std::string& prefix,
                                     bool has_bias) {
  for (const auto& [convolution, norm] : {std::pair("0", "1"), std::pair("3", "4")}) {
    const std::string name = fmt::format("{}.{}", prefix, convolution);
    halves_.push_back({table.at(name + ".weight"),
                       has_bias ? table.at(name + ".bias") : at::Tensor(),
                       BatchNorm(table, fmt::format("{}.{}", prefix, norm))});
  }
}

at::Tensor DoubleConvolution::forward(const at::Tensor& x, bool training) const {
  at::Tensor y = x;
  for (const Half& half : halves_) {
    y = at::relu(half.norm.forward(at::conv2d(y, half.weight, half.bias, 1, 1), training));
  }
  return y;
}

Convolution::Convolution(const TensorTable& table, const std::string& prefix)
    : weight(table.at(prefix + ".weight")), bias(table.at(prefix + ".bias")) {}

at::Tensor Convolution::forward(const at::Tensor& x) const {
  return at::conv2d(x, weight, bias, 1, weight.size(2) / 2);
}

at::Tensor resize_bilinear(const at::Tensor& x, ImageSize size, bool align_corners) {
  return at::upsample_bilinear2d(x, {size.rows, size.columns}, align_corners);
}

std::unique_ptr<const SegmentHead> SegmentHead::make(const TensorTable& table,
                                                     const SegmenterGeometry& geometry) {
  switch (geometry.decoder) {
    case SegmentDecoder::kLinear:
      return std::make_unique<LinearHead>(table);
    case SegmentDecoder::kPup:
      return std::make_unique<PupHead>(table);
    case SegmentDecoder::kMla:
      return std::make_unique<MlaHead>(table);
    case SegmentDecoder::kDpt:
      return make_dpt(table);
    case SegmentDecoder::kNone:
    case SegmentDecoder::kUnet:
      break;
  }
  GEOD_CHECK(false, to_string(geometry.decoder));
  return nullptr;
}

}  // namespace geod::models
