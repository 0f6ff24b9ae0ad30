#include "trainer/torch_features.hpp"

#include <algorithm>
#include <exception>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/linalg_eigh.h>

#include "models/torch_base.hpp"
#include "models/torch_segmenter.hpp"

namespace geod::trainer {
namespace {

constexpr std::int64_t kComponents = 3;

/// The encoder of the network for images of the size of `image`.
Result<std::unique_ptr<models::TorchSegmenter>> load_encoder(const FeatureNetwork& network,
                                                             const LabelledImage& image) {
  const auto manifest = models::load_manifest(network.model);
  if (!manifest) {
    return tl::unexpected(manifest.error());
  }
  if (!manifest->is_of_images() || !manifest->segmenter.has_encoder()) {
    return fail(Errc::kModelMismatch,
                "{}: has no encoder of images, and so no features; give a folder of geod import "
                "dinov2 or of a model trained from one",
                network.model.string());
  }
  const std::vector<models::TensorSpec> held = models::tensor_specs(*manifest);
  const auto tensors = models::read_tensors(network.model, *manifest, held, held);
  if (!tensors) {
    return tl::unexpected(tensors.error());
  }
  models::SegmenterGeometry geometry =
      network.overlay ? network.overlay->manifest.segmenter : manifest->segmenter;
  geometry.decoder = models::SegmentDecoder::kNone;
  geometry.rows = image.rows;
  geometry.columns = image.columns;
  auto encoder = models::TorchSegmenter::make(geometry, 0);
  if (!encoder) {
    return encoder;
  }
  for (const models::TensorSpec& spec : (*encoder)->tensors().specs()) {
    at::Tensor values;
    if (network.overlay && network.overlay->tensors.contains(spec.name)) {
      const models::HostTensor& laid_over = network.overlay->tensors.at(spec.name);
      // from_blob takes a mutable pointer; assign() copies.
      values =
          at::from_blob(const_cast<float*>(laid_over.values.data()), laid_over.shape, at::kFloat);
    } else {
      const auto found = tensors->find(spec.name);
      if (found == tensors->end()) {
        return fail(Errc::kModelMismatch, "{}: {} is missing", network.model.string(), spec.name);
      }
      values = found->second;
    }
    if (auto assigned = (*encoder)->tensors().assign(spec.name, values); !assigned) {
      return fail_with(assigned.error(), network.model.string());
    }
  }
  return encoder;
}

}  // namespace

FeatureMap feature_map(const at::Tensor& features) {
  const at::NoGradGuard no_gradient;
  FeatureMap map;
  map.rows = features.size(1);
  map.columns = features.size(2);
  const at::Tensor patches = features.to(at::kCPU, at::kDouble).flatten(1).t();  // [N, D]
  const at::Tensor centred = patches - patches.mean(0, /*keepdim=*/true);
  const at::Tensor covariance = centred.t().matmul(centred) /
                                static_cast<double>(std::max<std::int64_t>(1, centred.size(0) - 1));
  const auto [values, vectors] = at::linalg_eigh(covariance);  // ascending
  const double total = std::max(values.sum().item<double>(), 1e-300);
  for (std::int64_t k = 0; k < kComponents; ++k) {
    const std::int64_t column = vectors.size(1) - 1 - k;
    at::Tensor loading = vectors.select(1, column);
    const std::int64_t largest = loading.abs().argmax().item<std::int64_t>();
    if (loading[largest].item<double>() < 0.0) {
      loading = -loading;
    }
    at::Tensor score = centred.matmul(loading);
    const double low = score.min().item<double>();
    const double high = score.max().item<double>();
    score = high > low ? (score - low) / (high - low) : at::full_like(score, 0.5);
    const double* begin = score.const_data_ptr<double>();
    map.components.insert(map.components.end(), begin, begin + score.numel());
    map.explained.push_back(values[column].item<double>() / total);
  }
  return map;
}

Result<FeatureMap> features_of(const FeatureNetwork& network, const LabelledImage& image) {
  const at::NoGradGuard no_gradient;
  const auto encoder = load_encoder(network, image);
  if (!encoder) {
    return tl::unexpected(encoder.error());
  }
  const std::vector<float> values(image.pixels.begin(), image.pixels.end());
  const at::Tensor tile =
      at::from_blob(const_cast<float*>(values.data()), {1, image.rows, image.columns}, at::kFloat);
  return feature_map((*encoder)->features(tile)[0]);
}

/// Exported by the compute module; see FeatureFunction. LibTorch's exceptions end here.
extern "C" __attribute__((visibility("default"))) void geod_features(const FeatureNetwork& network,
                                                                     const LabelledImage& image,
                                                                     Result<FeatureMap>& out) {
  try {
    out = features_of(network, image);
  } catch (const std::exception& error) {
    out = fail(Errc::kDevice, "features: {}", error.what());
  }
}

}  // namespace geod::trainer
