#include "trainer/torch_optimiser.hpp"

#include <algorithm>
#include <cmath>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_lerp.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros_like.h>

namespace geod::trainer {

TorchOptimiser::TorchOptimiser(const models::TensorTable& table, const OptimiserSettings& settings)
    : table_(table), settings_(settings), groups_(2) {
  groups_[0].weight_decay = settings.weight_decay;
  for (const models::TensorSpec& spec : table.specs()) {
    const at::Tensor& tensor = table.at(spec.name);
    if (settings.average_decay > 0.0) {
      averaged_names_.push_back(spec.name);
      current_.push_back(tensor.detach());
      average_.push_back(tensor.detach().clone());
    }
    if (!tensor.requires_grad()) {
      continue;
    }
    Group& group = groups_[settings.decays_vectors || spec.shape.size() >= 2 ? 0 : 1];
    group.names.push_back(spec.name);
    group.parameters.push_back(tensor);
    group.first_moments.push_back(at::zeros_like(tensor).detach());
    group.second_moments.push_back(at::zeros_like(tensor).detach());
    group.step_counts.push_back(at::full({}, 0.0, tensor.options().requires_grad(false)));
  }
}

void TorchOptimiser::zero_gradients() {
  for (Group& group : groups_) {
    for (at::Tensor& parameter : group.parameters) {
      parameter.mutable_grad() = at::Tensor();
    }
  }
}

std::vector<at::Tensor> TorchOptimiser::gradients() const {
  std::vector<at::Tensor> gradients;
  for (const Group& group : groups_) {
    for (const at::Tensor& parameter : group.parameters) {
      gradients.push_back(parameter.grad());
    }
  }
  return gradients;
}

double TorchOptimiser::clip() {
  std::vector<at::Tensor> gradients = this->gradients();
  std::erase_if(gradients, [](const at::Tensor& gradient) { return !gradient.defined(); });
  const double norm = at::stack(at::_foreach_norm(gradients)).norm().item<double>();
  if (settings_.max_gradient_norm > 0.0 && norm > settings_.max_gradient_norm) {
    at::_foreach_mul_(gradients, settings_.max_gradient_norm / (norm + 1e-6));
  }
  return norm;
}

double TorchOptimiser::step(double learning_rate) {
  const at::NoGradGuard no_gradient;
  const double norm = clip();
  for (Group& group : groups_) {
    std::vector<at::Tensor> parameters;
    std::vector<at::Tensor> gradients;
    std::vector<at::Tensor> first;
    std::vector<at::Tensor> second;
    std::vector<at::Tensor> counts;
    for (std::size_t i = 0; i < group.parameters.size(); ++i) {
      const at::Tensor& gradient = group.parameters[i].grad();
      if (!gradient.defined()) {
        continue;
      }
      group.step_counts[i].add_(1.0);
      parameters.push_back(group.parameters[i]);
      gradients.push_back(gradient.contiguous());
      first.push_back(group.first_moments[i]);
      second.push_back(group.second_moments[i]);
      counts.push_back(group.step_counts[i]);
    }
    if (parameters.empty()) {
      continue;
    }
    at::_fused_adamw_(parameters,
                      gradients,
                      first,
                      second,
                      /*max_exp_avg_sqs=*/{},
                      counts,
                      learning_rate,
                      settings_.beta1,
                      settings_.beta2,
                      group.weight_decay,
                      settings_.epsilon,
                      /*amsgrad=*/false,
                      /*maximize=*/false);
  }
  ++steps_;
  update_average();
  return norm;
}

void TorchOptimiser::update_average() {
  if (average_.empty()) {
    return;
  }
  const auto n = static_cast<double>(steps_);
  const double decay = std::min(settings_.average_decay, (1.0 + n) / (10.0 + n));
  at::_foreach_lerp_(average_, current_, 1.0 - decay);
}

std::map<std::string, at::Tensor> TorchOptimiser::averaged() const {
  std::map<std::string, at::Tensor> tensors;
  for (const models::TensorSpec& spec : table_.specs()) {
    tensors[spec.name] = table_.at(spec.name).detach();
  }
  for (std::size_t i = 0; i < average_.size(); ++i) {
    tensors[averaged_names_[i]] = average_[i];
  }
  return tensors;
}

std::map<std::string, at::Tensor> TorchOptimiser::state() const {
  std::map<std::string, at::Tensor> tensors;
  for (const Group& group : groups_) {
    for (std::size_t i = 0; i < group.names.size(); ++i) {
      tensors["adam.m." + group.names[i]] = group.first_moments[i];
      tensors["adam.v." + group.names[i]] = group.second_moments[i];
      tensors["adam.n." + group.names[i]] = group.step_counts[i];
    }
  }
  for (std::size_t i = 0; i < average_.size(); ++i) {
    tensors["average." + averaged_names_[i]] = average_[i];
  }
  return tensors;
}

Result<void> TorchOptimiser::restore(const std::map<std::string, at::Tensor>& state,
                                     std::int64_t steps) {
  const at::NoGradGuard no_gradient;
  for (const auto& [name, own] : this->state()) {
    const auto found = state.find(name);
    if (found == state.end() || found->second.sizes() != own.sizes()) {
      return fail(Errc::kModelMismatch, "checkpoint: {} is missing or has another shape", name);
    }
    own.copy_(found->second);
  }
  steps_ = steps;
  return {};
}

}  // namespace geod::trainer
