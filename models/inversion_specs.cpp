#include "models/inversion_specs.hpp"

#include "models/inversion_layers.hpp"
#include "models/spec_list.hpp"

namespace geod::models {
namespace {

/// Adds the tensors of one block after the other.
class InversionSpecs {
 public:
  explicit InversionSpecs(const InversionGeometry& geometry) : g_(geometry) {}

  void add_prompt() {
    if (g_.tuning == InversionTuning::kPrompt) {
      begin(Part::kTuning, true);
      list_.add("prompt.shots", {g_.sources, g_.times, g_.receivers});
    }
  }

  void add_block(const InversionLayer& layer, Part part) {
    const std::string convolution = layer.name + ".layers.0";
    const std::string norm = layer.name + ".layers.1";
    const bool is_whole = g_.tuning == InversionTuning::kNone;
    const bool is_bitfit = g_.tuning == InversionTuning::kBitFit;
    begin(part, is_whole);
    list_.add(convolution + ".weight", layer.weight_shape());
    list_.trainable(is_whole || (is_bitfit && !g_.trains_by_batch()));
    list_.add(convolution + ".bias", {layer.out});
    add_lora(layer, convolution);
    if (!g_.trains_by_batch()) {
      add_ssf(convolution, layer.out);
    }
    const bool is_affine = is_whole || g_.tuning == InversionTuning::kNorms ||
                           g_.bn_policy == BatchNormPolicy::kAffine;
    begin(part, is_affine);
    list_.add(norm + ".weight", {layer.out});
    list_.trainable(is_affine || is_bitfit);
    list_.add(norm + ".bias", {layer.out});
    list_.add_statistics(norm, layer.out);
    add_ssf(norm, layer.out);
    add_adapter(layer);
  }

  std::vector<TensorSpec> take() { return list_.take(); }

 private:
  void begin(Part part, bool trainable) {
    list_.part(part);
    list_.trainable(trainable);
  }

  void add_lora(const InversionLayer& layer, const std::string& prefix) {
    if (g_.tuning != InversionTuning::kLora) {
      return;
    }
    begin(Part::kLora, true);
    std::vector<std::int64_t> shape = layer.weight_shape();
    shape[layer.is_transposed ? 1 : 0] = g_.lora_rank;
    list_.add(prefix + ".lora_A.weight", shape);
    list_.add(prefix + ".lora_B.weight", {layer.out, g_.lora_rank, 1, 1});
  }

  void add_ssf(const std::string& prefix, std::int64_t channels) {
    if (g_.tuning == InversionTuning::kSsf) {
      begin(Part::kTuning, true);
      list_.add(prefix + ".ssf.scale", {channels});
      list_.add(prefix + ".ssf.shift", {channels});
    }
  }

  void add_adapter(const InversionLayer& layer) {
    if (g_.tuning != InversionTuning::kAdaptFormer || !layer.keeps_shape()) {
      return;
    }
    begin(Part::kTuning, true);
    const std::string prefix = layer.name + ".adapter.";
    list_.add(prefix + "down.weight", {g_.bottleneck, layer.in, 1, 1});
    list_.add(prefix + "down.bias", {g_.bottleneck});
    list_.add(prefix + "up.weight", {layer.out, g_.bottleneck, 1, 1});
    list_.add(prefix + "up.bias", {layer.out});
  }

  const InversionGeometry& g_;
  SpecList list_;
};

}  // namespace

std::vector<TensorSpec> inversion_specs(const InversionGeometry& geometry) {
  InversionSpecs specs(geometry);
  specs.add_prompt();
  const std::vector<InversionLayer> layers = inversion_layers(geometry);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    specs.add_block(layers[i], i < kInversionEncoderLayers ? Part::kEncoder : Part::kDecoder);
  }
  return specs.take();
}

bool is_laid_on(const TensorSpec& spec, const InversionGeometry& geometry) {
  return spec.is_trainable || (spec.is_buffer && geometry.trains_by_batch());
}

}  // namespace geod::models
