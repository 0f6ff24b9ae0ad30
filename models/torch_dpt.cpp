#include <array>

#include <ATen/ops/conv2d.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/upsample_nearest2d.h>
#include <fmt/format.h>

#include "models/torch_decoders.hpp"

namespace geod::models {
namespace {

/// x + BN(conv(ReLU(BN(conv(ReLU(x)))))), convolutions without bias.
class ResidualUnit {
 public:
  ResidualUnit(const TensorTable& table, const std::string& prefix)
      : weights_{table.at(prefix + ".conv1.weight"), table.at(prefix + ".conv2.weight")},
        norms_{BatchNorm(table, prefix + ".bn1"), BatchNorm(table, prefix + ".bn2")} {}

  at::Tensor forward(const at::Tensor& x, bool training) const {
    at::Tensor y = x;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      y = norms_[i].forward(at::conv2d(at::relu(y), weights_[i], {}, 1, 1), training);
    }
    return x.add(y);
  }

 private:
  std::array<at::Tensor, 2> weights_;
  std::array<BatchNorm, 2> norms_;
};

/// Fuses a level into the sum of the deeper ones and brings it to a size.
class Fusion {
 public:
  Fusion(const TensorTable& table, const std::string& prefix)
      : of_level_(table, prefix + ".resConfUnit1"),
        of_sum_(table, prefix + ".resConfUnit2"),
        out_(table, prefix + ".out_conv") {}

  /// @param level  undefined at the deepest level, whose first unit is never called.
  at::Tensor forward(ImageSize size, at::Tensor sum, const at::Tensor& level, bool training) const {
    if (level.defined()) {
      sum = sum.add(resize_bilinear(of_level_.forward(level, training), size.divided(2), true));
    }
    return out_.forward(resize_bilinear(of_sum_.forward(sum, training), size, true));
  }

 private:
  ResidualUnit of_level_;
  ResidualUnit of_sum_;
  Convolution out_;
};

class DptHead : public SegmentHead {
 public:
  explicit DptHead(const TensorTable& table)
      : single_(table, "decoder.scratch.single_conv"),
        output_(table, "decoder.scratch.output_conv.0"),
        classify_(table, "decoder.scratch.output_conv.2") {
    for (int k = 1; k <= 4; ++k) {
      levels_.push_back(table.at(fmt::format("decoder.scratch.layer{}_rn.weight", k)));
      fusions_.emplace_back(table, fmt::format("decoder.scratch.refinenet{}", k));
    }
  }

  bool takes_all_taps() const override { return true; }

  at::Tensor forward(std::span<const at::Tensor> features,
                     ImageSize size,
                     bool training) const override {
    const auto level = [&](std::size_t k) { return at::conv2d(features[k], levels_[k], {}, 1, 1); };
    at::Tensor sum = fusions_[3].forward(size.divided(16), level(3), {}, training);
    std::int64_t divisor = 8;
    for (std::size_t k = 3; k > 0; --k) {
      sum = fusions_[k - 1].forward(size.divided(divisor), sum, level(k - 1), training);
      divisor /= 2;
    }
    sum = at::upsample_nearest2d(single_.forward(sum), {size.rows, size.columns});
    return at::relu(classify_.forward(at::relu(output_.forward(sum))));
  }

 private:
  std::vector<at::Tensor> levels_;
  std::vector<Fusion> fusions_;
  Convolution single_;
  Convolution output_;
  Convolution classify_;
};

}  // namespace

std::unique_ptr<const SegmentHead> make_dpt(const TensorTable& table) {
  return std::make_unique<DptHead>(table);
}

}  // namespace geod::models
