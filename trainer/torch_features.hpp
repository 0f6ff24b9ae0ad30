#pragma once

#include <ATen/core/Tensor.h>

#include "trainer/feature_map.hpp"

namespace geod::trainer {

/// The map of features [D, rows, columns]: column means removed, eigenvectors of the covariance of
/// the patches in double, each with its largest loading positive, scores stretched to 0..1. A
/// component without variance is 0.5 everywhere.
/// Source: scikit-learn's PCA as Guo et al. (arXiv 2408.12396) use it.
FeatureMap feature_map(const at::Tensor& features);

/// Loads the encoder and asks it for the patch tokens of `image` at its own size. kModelMismatch
/// for a network without an encoder.
Result<FeatureMap> features_of(const FeatureNetwork& network, const LabelledImage& image);

}  // namespace geod::trainer
