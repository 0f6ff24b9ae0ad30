#include "models/torch_tensors.hpp"

#include <cmath>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <fmt/ranges.h>

namespace geod::models {
namespace {

constexpr double kGpt2Deviation = 0.02;

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// Product of all dimensions but the first: what one output value sums over.
double fan_in(const TensorSpec& spec) {
  double fan = 1.0;
  for (std::size_t i = 1; i < spec.shape.size(); ++i) {
    fan *= static_cast<double>(spec.shape[i]);
  }
  return fan;
}

class Initialiser {
 public:
  Initialiser(const SeisMollmGeometry& geometry, std::uint64_t seed)
      : residual_deviation_(
            kGpt2Deviation /
            std::sqrt(2.0 * static_cast<double>(std::max<std::int64_t>(geometry.blocks, 1)))),
        generator_(at::detail::createCPUGenerator(seed)) {}

  void fill(const TensorSpec& spec, at::Tensor& tensor) {
    const std::string_view name = spec.name;
    const bool is_bias = name.ends_with(".bias");
    if (name.ends_with(".running_mean")) {
      tensor.zero_();
    } else if (name.ends_with(".running_var")) {
      tensor.fill_(1.0);
    } else if (contains(name, ".norm.") || contains(name, ".ln_")) {
      tensor.fill_(is_bias ? 0.0 : 1.0);
    } else if (name.ends_with(".lora_B.weight")) {
      tensor.zero_();
    } else if (name.ends_with(".lora_A.weight")) {
      uniform(tensor, fan_in(spec));
    } else if (name.starts_with("gpt2.")) {
      if (is_bias) {
        tensor.zero_();
      } else {
        tensor.normal_(
            0.0, contains(name, ".c_proj.") ? residual_deviation_ : kGpt2Deviation, generator_);
      }
    } else {
      // The bias of a convolution or linear is drawn by its weight's fan in; weights come first.
      if (!is_bias) {
        last_fan_in_ = fan_in(spec);
      }
      uniform(tensor, last_fan_in_);
    }
  }

 private:
  void uniform(at::Tensor& tensor, double fan) {
    const double bound = 1.0 / std::sqrt(fan);
    tensor.uniform_(-bound, bound, generator_);
  }

  double residual_deviation_;
  double last_fan_in_ = 1.0;
  at::Generator generator_;
};

}  // namespace

TensorTable::TensorTable(const SeisMollmGeometry& geometry, Task task, std::uint64_t seed)
    : TensorTable(tensor_specs(geometry, task),
                  [initialiser = Initialiser(geometry, seed)](const TensorSpec& spec,
                                                              at::Tensor& tensor) mutable {
                    initialiser.fill(spec, tensor);
                  }) {}

TensorTable::TensorTable(const SeisMollmGeometry& geometry, Task task, Tensors tensors)
    : TensorTable(tensor_specs(geometry, task), std::move(tensors)) {}

TensorTable::TensorTable(std::vector<TensorSpec> specs, const Fill& fill)
    : specs_(std::move(specs)) {
  for (const TensorSpec& spec : specs_) {
    at::Tensor tensor = at::empty(spec.shape, at::kFloat);
    fill(spec, tensor);
    tensor.set_requires_grad(!spec.is_buffer && spec.is_trainable);
    tensors_.emplace(spec.name, std::move(tensor));
  }
}

TensorTable::TensorTable(std::vector<TensorSpec> specs, Tensors tensors)
    : specs_(std::move(specs)), tensors_(std::move(tensors)) {
  for (const TensorSpec& spec : specs_) {
    GEOD_CHECK(at(spec.name).sizes() == at::IntArrayRef(spec.shape), spec.name);
  }
}

const at::Tensor& TensorTable::at(std::string_view name) const {
  const auto it = tensors_.find(name);
  GEOD_CHECK(it != tensors_.end(), name);
  return it->second;
}

Result<void> TensorTable::assign(std::string_view name, const at::Tensor& values) {
  const auto it = tensors_.find(name);
  if (it == tensors_.end()) {
    return fail(Errc::kNotFound, "tensor '{}' is not part of this network", name);
  }
  if (it->second.sizes() != values.sizes()) {
    return fail(Errc::kModelMismatch,
                "tensor '{}' has shape [{}], the network needs [{}]",
                name,
                fmt::join(values.sizes(), ", "),
                fmt::join(it->second.sizes(), ", "));
  }
  const at::NoGradGuard no_grad;
  it->second.copy_(values);
  return {};
}

void TensorTable::to(const at::Device& device) {
  for (auto& [name, tensor] : tensors_) {
    tensor.set_data(tensor.to(device));
  }
}

}  // namespace geod::models
