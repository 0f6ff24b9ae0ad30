#include "trainer/torch_seismogram_network.hpp"

#include <algorithm>
#include <utility>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>

namespace geod::trainer {

at::Tensor view_rows(const std::vector<float>& values,
                     std::int64_t first,
                     std::int64_t rows,
                     std::vector<std::int64_t> shape) {
  std::int64_t row_size = 1;
  for (const std::int64_t size : shape) {
    row_size *= size;
  }
  shape.insert(shape.begin(), rows);
  // from_blob takes a mutable pointer; nothing here writes through it.
  return at::from_blob(const_cast<float*>(values.data()) + first * row_size, shape, at::kFloat);
}

namespace {

at::Device device_of(const models::TensorTable& table) {
  return table.at(table.specs().front().name).device();
}

}  // namespace

SeismogramNetwork::SeismogramNetwork(std::unique_ptr<models::TorchSeisMollm> network, Preset preset)
    : network_(std::move(network)), kind_{network_->task(), preset} {}

at::Tensor SeismogramNetwork::loss(const TrainBatch& batch,
                                   std::int64_t first,
                                   std::int64_t windows,
                                   const BatchTotals& totals,
                                   bool training) const {
  const std::int64_t samples = network_->geometry().window_samples;
  const at::Device device = device_of(network_->tensors());
  const bool picks = kind_.task == models::Task::kDpk;
  using Shape = std::vector<std::int64_t>;
  const at::Tensor input = view_rows(batch.input, first, windows, {3, samples}).to(device);
  const at::Tensor target =
      view_rows(batch.target, first, windows, picks ? Shape{2, samples} : Shape{2}).to(device);
  const at::Tensor weight =
      view_rows(batch.weight, first, windows, picks ? Shape{2, samples} : Shape{1}).to(device);
  return summed_loss(kind_, network_->logits(input, training), target, weight) /
         loss_divisor(kind_, totals.windows, samples, totals.weights);
}

std::unique_ptr<TrainedNetwork> SeismogramNetwork::same_shape() const {
  auto network = models::TorchSeisMollm::make(network_->geometry(), network_->task(), 0);
  GEOD_CHECK(network.has_value(), "a geometry that made one network makes another");
  return std::make_unique<SeismogramNetwork>(std::move(*network), kind_.preset);
}

ScoreFunction score_function(std::shared_ptr<const TrainedNetwork> trained) {
  return [trained = std::move(trained)](std::span<const ScoreInput> windows,
                                        std::span<float> scores) -> Result<void> {
    const auto& network = static_cast<const SeismogramNetwork&>(*trained).network();
    const at::NoGradGuard no_gradient;
    std::vector<float> input;
    for (const ScoreInput& window : windows) {
      input.insert(input.end(), window.window.data.begin(), window.window.data.end());
    }
    const at::Tensor x = view_rows(input,
                                   0,
                                   static_cast<std::int64_t>(windows.size()),
                                   {3, network.geometry().window_samples})
                             .to(device_of(network.tensors()));
    at::Tensor out = network.activate(network.logits(x, false));
    if (network.task() == models::Task::kDpk) {
      out = out.narrow(1, 1, 2);
    }
    out = out.to(at::kCPU, at::kFloat).contiguous();
    GEOD_CHECK(out.numel() == static_cast<std::int64_t>(scores.size()), "scores are of the task");
    std::copy_n(out.const_data_ptr<float>(), scores.size(), scores.begin());
    return {};
  };
}

}  // namespace geod::trainer
