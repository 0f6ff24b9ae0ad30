#include "models/torch_batch_norm.hpp"

#include <vector>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/batch_norm.h>

namespace geod::models {
namespace {

/// [C] along axis 1 of a tensor with as many axes as `x`.
at::Tensor along_channels(const at::Tensor& values, const at::Tensor& x) {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(x.dim()), 1);
  shape[1] = values.numel();
  return values.view(shape);
}

/// Sum over all axes but the channels.
at::Tensor sum_of_channels(const at::Tensor& x) {
  return x.transpose(0, 1).flatten(1).sum(1);
}

/// Training statistics over the parts of all processes, for x of one of them; as
/// at::batch_norm over the whole.
at::Tensor normalise_over_processes(const at::Tensor& x, const BatchNorm& norm) {
  const BatchSums& sums = *norm.sums;
  const auto count = static_cast<double>(sums.processes * x.numel() / x.size(1));
  const at::Tensor mean = sums.over_processes(sum_of_channels(x)).div(count);
  const at::Tensor centred = x.sub(along_channels(mean, x));
  const at::Tensor variance = sums.over_processes(sum_of_channels(centred.square())).div(count);
  {
    const at::NoGradGuard no_grad;
    norm.running_mean.lerp_(mean, kBatchNormMomentum);
    norm.running_var.lerp_(variance.mul(count / (count - 1.0)), kBatchNormMomentum);
  }
  const at::Tensor scale = norm.weight.mul(variance.add(kBatchNormEps).rsqrt());
  return centred.mul(along_channels(scale, x)).add(along_channels(norm.bias, x));
}

}  // namespace

BatchNorm::BatchNorm(const TensorTable& table, const std::string& prefix)
    : weight(table.at(prefix + ".weight")),
      bias(table.at(prefix + ".bias")),
      running_mean(table.at(prefix + ".running_mean")),
      running_var(table.at(prefix + ".running_var")),
      sums(table.batch_sums()) {}

at::Tensor BatchNorm::forward(const at::Tensor& x, bool training) const {
  return normalise(x, uses_batch(training));
}

at::Tensor BatchNorm::normalise(const at::Tensor& x, bool by_batch) const {
  if (by_batch && sums->processes > 1) {
    return normalise_over_processes(x.to(at::kFloat), *this);
  }
  return at::batch_norm(x,
                        weight,
                        bias,
                        running_mean,
                        running_var,
                        by_batch,
                        kBatchNormMomentum,
                        kBatchNormEps,
                        /*cudnn_enabled=*/true);
}

at::Tensor BatchNorm::scale() const {
  return weight.div(running_var.add(kBatchNormEps).sqrt());
}

at::Tensor BatchNorm::shift() const {
  return bias.sub(running_mean.mul(scale()));
}

}  // namespace geod::models
