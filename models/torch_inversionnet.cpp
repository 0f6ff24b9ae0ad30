#include "models/torch_inversionnet.hpp"

#include <cmath>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>

#include "models/inversion_specs.hpp"

namespace geod::models {
namespace {

/// Fresh values, as TorchInversionNet::make says.
class Initialiser {
 public:
  explicit Initialiser(std::uint64_t seed) : generator_(at::detail::createCPUGenerator(seed)) {}

  void fill(const TensorSpec& spec, at::Tensor& tensor) {
    const std::string_view name = spec.name;
    if (name.ends_with(".ssf.scale")) {
      tensor.normal_(1.0, kSsfDeviation, generator_);
    } else if (name.ends_with(".ssf.shift")) {
      tensor.normal_(0.0, kSsfDeviation, generator_);
    } else if (name.ends_with(".lora_B.weight") || name.ends_with(".adapter.up.weight")) {
      tensor.zero_();
    } else if (spec.shape.size() == 4) {
      // A weight comes before its bias, which is drawn by the weight's fan in: all axes but the
      // first. Of a transposed convolution these are its outputs, as PyTorch counts.
      bound_ = std::sqrt(static_cast<double>(spec.shape[0]) / static_cast<double>(spec.elements()));
      tensor.uniform_(-bound_, bound_, generator_);
    } else if (name.ends_with(".layers.0.bias")) {
      tensor.uniform_(-bound_, bound_, generator_);
    } else if (name.ends_with(".weight") || name.ends_with(".running_var")) {
      tensor.fill_(1.0);  // of a norm
    } else {
      tensor.zero_();  // norms, running means, AdaptFormer's biases, the prompt
    }
  }

 private:
  static constexpr double kSsfDeviation = 0.02;

  double bound_ = 0.0;
  at::Generator generator_;
};

bool stays_when_merged(InversionTuning tuning) {
  return tuning == InversionTuning::kAdaptFormer || tuning == InversionTuning::kPrompt;
}

}  // namespace

at::Tensor crop_to_map(const at::Tensor& x, const InversionGeometry& geometry) {
  return x.narrow(2, (kDecoderSide - geometry.depths) / 2, geometry.depths)
      .narrow(3, (kDecoderSide - geometry.offsets) / 2, geometry.offsets);
}

Result<std::unique_ptr<TorchInversionNet>> TorchInversionNet::make(
    const InversionGeometry& geometry, std::uint64_t seed) {
  if (auto ok = geometry.validate(); !ok) {
    return tl::unexpected(ok.error());
  }
  Initialiser initialiser(seed);
  TensorTable table(inversion_specs(geometry),
                    [&initialiser](const TensorSpec& spec, at::Tensor& tensor) {
                      initialiser.fill(spec, tensor);
                    });
  return std::unique_ptr<TorchInversionNet>(new TorchInversionNet(geometry, std::move(table)));
}

TorchInversionNet::TorchInversionNet(const InversionGeometry& geometry,
                                     TensorTable::Tensors tensors)
    : TorchInversionNet(geometry, TensorTable(inversion_specs(geometry), std::move(tensors))) {}

TorchInversionNet::TorchInversionNet(const InversionGeometry& geometry, TensorTable table)
    : geometry_(geometry), table_(std::move(table)) {
  for (const InversionLayer& layer : inversion_layers(geometry_)) {
    blocks_.emplace_back(table_, layer, geometry_);
  }
  if (geometry_.tuning == InversionTuning::kPrompt) {
    prompt_ = table_.at("prompt.shots");
  }
}

at::Tensor TorchInversionNet::forward(const at::Tensor& shots, bool training) const {
  GEOD_CHECK(shots.dim() == 4 && shots.size(1) == geometry_.sources &&
                 shots.size(2) == geometry_.times && shots.size(3) == geometry_.receivers,
             "shots of another size than the geometry's");
  at::Tensor x = shots.to(table_.at(table_.specs().front().name).scalar_type());
  if (prompt_.defined()) {
    x = x.add(prompt_);
  }
  for (const InversionBlock& block : blocks_) {
    if (&block == &blocks_.back()) {
      x = crop_to_map(x, geometry_);
    }
    x = block.forward(x, training);
  }
  return x.to(at::kFloat);
}

std::unique_ptr<TorchInversionNet> TorchInversionNet::merged() const {
  const at::NoGradGuard no_grad;
  InversionGeometry plain = geometry_;
  if (!stays_when_merged(geometry_.tuning)) {
    plain.tuning = InversionTuning::kNone;
  }
  TensorTable::Tensors tensors;
  for (const TensorSpec& spec : inversion_specs(plain)) {
    tensors.emplace(spec.name, table_.at(spec.name).detach());
  }
  for (const InversionBlock& block : blocks_) {
    const std::string prefix = block.layer().name + ".layers.";
    const MergedConvolution convolution = block.merged();
    tensors[prefix + "0.weight"] = convolution.weight.detach();
    tensors[prefix + "0.bias"] = convolution.bias.detach();
    const MergedConvolution norm = block.merged_norm();
    tensors[prefix + "1.weight"] = norm.weight.detach();
    tensors[prefix + "1.bias"] = norm.bias.detach();
  }
  return std::make_unique<TorchInversionNet>(plain, std::move(tensors));
}

std::vector<at::Tensor> TorchInversionNet::parameters(bool trainable_only) const {
  std::vector<at::Tensor> parameters;
  for (const TensorSpec& spec : table_.specs()) {
    if (!spec.is_buffer && (spec.is_trainable || !trainable_only)) {
      parameters.push_back(table_.at(spec.name));
    }
  }
  return parameters;
}

}  // namespace geod::models
