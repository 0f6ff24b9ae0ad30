#include "models/torch_unet.hpp"

#include <ATen/ops/cat.h>
#include <ATen/ops/max_pool2d.h>
#include <fmt/format.h>

namespace geod::models {

Unet::Unet(const TensorTable& table)
    : first_(table, "unet.inc.double_conv", /*has_bias=*/false),
      classify_(table, "unet.outc.conv") {
  for (int k = 1; k <= 4; ++k) {
    down_.emplace_back(table, fmt::format("unet.down{}.maxpool_conv.1.double_conv", k), false);
    up_.emplace_back(table, fmt::format("unet.up{}.conv.double_conv", k), false);
  }
}

at::Tensor Unet::forward(const at::Tensor& image, bool training) const {
  std::vector<at::Tensor> skips{first_.forward(image, training)};
  for (const DoubleConvolution& stage : down_) {
    skips.push_back(stage.forward(at::max_pool2d(skips.back(), 2), training));
  }
  at::Tensor x = skips.back();
  for (std::size_t k = 0; k < up_.size(); ++k) {
    const at::Tensor& skip = skips[skips.size() - 2 - k];
    // Pooling rounds down as the sizes of the way up do: skip and upsampled fit.
    const at::Tensor enlarged = resize_bilinear(x, {skip.size(2), skip.size(3)}, true);
    x = up_[k].forward(at::cat({skip, enlarged}, 1), training);
  }
  return classify_.forward(x);
}

}  // namespace geod::models
