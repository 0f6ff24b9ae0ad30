#pragma once

#include <memory>

#include "models/inversion_settings.hpp"
#include "models/torch_inversionnet.hpp"
#include "trainer/inversion_options.hpp"
#include "trainer/inversion_scores.hpp"
#include "trainer/torch_trained_network.hpp"
#include "trainer/train_options.hpp"

namespace geod::trainer {

/// InversionNet, with or without something laid on it, and the loss of velocity maps.
class InversionNetwork final : public TrainedNetwork {
 public:
  InversionNetwork(std::unique_ptr<models::TorchInversionNet> network, InversionLoss loss);

  using TrainedNetwork::tensors;
  models::TensorTable& tensors() override { return network_->tensors(); }
  /// Mean over the cells of |p - t|, and of its square with kL1L2, summed over the windows that
  /// count and divided by all windows of the step. `batch` as InversionBatches makes it.
  at::Tensor loss(const TrainBatch& batch,
                  std::int64_t first,
                  std::int64_t windows,
                  const BatchTotals& totals,
                  bool training) const override;
  std::unique_ptr<TrainedNetwork> same_shape() const override;

  const models::TorchInversionNet& network() const { return *network_; }

 private:
  std::unique_ptr<models::TorchInversionNet> network_;
  InversionLoss loss_;
};

/// sign(x) ln(1 + |x|) of shots [N, ...], put between bounds that are -1 and 1.
/// @param minimum, span  logarithms of the bounds, [N].
/// Source: models/inversion_scaling.hpp with k = 1 and c = 0, on any device.
at::Tensor normalised_shots(const at::Tensor& shots,
                            const at::Tensor& minimum,
                            const at::Tensor& span);

/// Maps through the network in inference mode, on the device of its tensors.
/// @param trained  an InversionNetwork: of NetworkTraining::evaluated().
InvertFunction invert_function(std::shared_ptr<const TrainedNetwork> trained);

/// The network an inversion run begins with: random weights, or those of `options.init` with what
/// `geometry` lays on them fresh. What the method leaves alone is frozen.
///
/// @param geometry  of find_inversion_start.
/// Errors: those of read_tensors.
Result<std::unique_ptr<models::TorchInversionNet>> starting_inversion(
    const TrainOptions& options, const models::InversionGeometry& geometry);

}  // namespace geod::trainer
