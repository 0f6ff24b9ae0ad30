#include "models/inversion_layers.hpp"

#include <utility>

namespace geod::models {
namespace {

using Pair = InversionLayer::Pair;

/// Collects blocks; each takes the channels of the one before.
class Chain {
 public:
  explicit Chain(std::int64_t channels) : channels_(channels) {}

  void convolve(std::string name, std::int64_t out, Pair kernel, Pair stride, Pair padding) {
    add({std::move(name), false, channels_, out, kernel, stride, padding, false});
  }
  void enlarge(std::string name, std::int64_t out, std::int64_t kernel, std::int64_t padding) {
    add({std::move(name),
         true,
         channels_,
         out,
         {kernel, kernel},
         {2, 2},
         {padding, padding},
         false});
  }
  /// 3 along time alone.
  void along_time(std::string name, std::int64_t out, std::int64_t stride) {
    convolve(std::move(name), out, {3, 1}, {stride, 1}, {1, 0});
  }
  /// 3 x 3.
  void square(std::string name, std::int64_t out, std::int64_t stride) {
    convolve(std::move(name), out, {3, 3}, {stride, stride}, {1, 1});
  }

  /// The size of what the blocks so far make of `size`.
  Pair after(Pair size) const {
    for (const InversionLayer& layer : layers_) {
      size = {layer.output_length(size[0], 0), layer.output_length(size[1], 1)};
    }
    return size;
  }

  std::vector<InversionLayer> take() { return std::move(layers_); }

 private:
  void add(InversionLayer layer) {
    channels_ = layer.out;
    layers_.push_back(std::move(layer));
  }

  std::int64_t channels_;
  std::vector<InversionLayer> layers_;
};

}  // namespace

std::vector<std::int64_t> InversionLayer::weight_shape() const {
  return is_transposed ? std::vector{in, out, kernel[0], kernel[1]}
                       : std::vector{out, in, kernel[0], kernel[1]};
}

bool InversionLayer::keeps_shape() const {
  return !is_transposed && !is_last && in == out && stride == Pair{1, 1} &&
         output_length(3, 0) == 3 && output_length(3, 1) == 3;
}

std::int64_t InversionLayer::output_length(std::int64_t length, std::size_t axis) const {
  if (is_transposed) {
    return (length - 1) * stride[axis] - 2 * padding[axis] + kernel[axis];
  }
  return (length + 2 * padding[axis] - kernel[axis]) / stride[axis] + 1;
}

std::vector<InversionLayer> inversion_layers(const InversionGeometry& g) {
  const std::int64_t w = g.width;
  Chain chain(g.sources);
  chain.convolve("convblock1", w, {7, 1}, {2, 1}, {3, 0});
  chain.along_time("convblock2_1", 2 * w, 2);
  chain.along_time("convblock2_2", 2 * w, 1);
  chain.along_time("convblock3_1", 2 * w, 2);
  chain.along_time("convblock3_2", 2 * w, 1);
  chain.along_time("convblock4_1", 4 * w, 2);
  chain.along_time("convblock4_2", 4 * w, 1);
  chain.square("convblock5_1", 4 * w, 2);
  chain.square("convblock5_2", 4 * w, 1);
  chain.square("convblock6_1", 8 * w, 2);
  chain.square("convblock6_2", 8 * w, 1);
  chain.square("convblock7_1", 8 * w, 2);
  chain.square("convblock7_2", 8 * w, 1);
  chain.convolve("convblock8", 16 * w, chain.after({g.times, g.receivers}), {1, 1}, {0, 0});
  chain.enlarge("deconv1_1", 16 * w, 5, 0);
  chain.square("deconv1_2", 16 * w, 1);
  chain.enlarge("deconv2_1", 8 * w, 4, 1);
  chain.square("deconv2_2", 8 * w, 1);
  chain.enlarge("deconv3_1", 4 * w, 4, 1);
  chain.square("deconv3_2", 4 * w, 1);
  chain.enlarge("deconv4_1", 2 * w, 4, 1);
  chain.square("deconv4_2", 2 * w, 1);
  chain.enlarge("deconv5_1", w, 4, 1);
  chain.square("deconv5_2", w, 1);
  chain.square("deconv6", 1, 1);
  std::vector<InversionLayer> layers = chain.take();
  layers.back().is_last = true;
  return layers;
}

}  // namespace geod::models
