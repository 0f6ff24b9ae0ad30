#pragma once

#include <memory>

#include "models/torch_seismollm.hpp"
#include "trainer/evaluation.hpp"
#include "trainer/torch_task_loss.hpp"
#include "trainer/torch_trained_network.hpp"

namespace geod::trainer {

/// SeisMoLLM with the loss of one of the five seismogram tasks.
class SeismogramNetwork final : public TrainedNetwork {
 public:
  SeismogramNetwork(std::unique_ptr<models::TorchSeisMollm> network, Preset preset);

  using TrainedNetwork::tensors;
  models::TensorTable& tensors() override { return network_->tensors(); }
  at::Tensor loss(const TrainBatch& batch,
                  std::int64_t first,
                  std::int64_t windows,
                  const BatchTotals& totals,
                  bool training) const override;
  std::unique_ptr<TrainedNetwork> same_shape() const override;

  const models::TorchSeisMollm& network() const { return *network_; }

 private:
  std::unique_ptr<models::TorchSeisMollm> network_;
  LossKind kind_;
};

/// Scores through the network in inference mode, on the device of its tensors.
/// @param network  a SeismogramNetwork: of NetworkTraining::evaluated().
ScoreFunction score_function(std::shared_ptr<const TrainedNetwork> network);

}  // namespace geod::trainer
