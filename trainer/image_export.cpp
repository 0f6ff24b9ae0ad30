#include <utility>

#include "adapters/write_bundle.hpp"
#include "trainer/result_export.hpp"

namespace geod::trainer {
namespace {

/// The decoder of a bundle is its own, whole.
constexpr const char* kDecoderPrefix = "decoder.";

Result<std::filesystem::path> export_bundle(const RunResult& result,
                                            models::Manifest manifest,
                                            const SegmentFunction& segment) {
  auto tensors = changed_tensors(result.weights, result.options.init, kDecoderPrefix);
  if (!tensors) {
    return tl::unexpected(tensors.error());
  }
  manifest.weights_sha256 = result.start.weights_sha256;
  const adapters::GoldenImageRun golden =
      [&segment](const models::NetworkOverlay&,
                 const models::Tile& image) -> Result<std::vector<float>> {
    const models::Tile* const tiles[] = {&image};
    models::SegmentBatch batch;
    if (auto done = segment(tiles, batch); !done) {
      return tl::unexpected(done.error());
    }
    return std::move(batch.values);
  };
  return adapters::write_bundle(
      result.options.out,
      {std::move(manifest), result.start.model_id, std::move(*tensors), result.report.scores_json},
      golden);
}

}  // namespace

Result<std::filesystem::path> export_image_result(const RunResult& result,
                                                  const SegmentFunction& segment) {
  models::Manifest manifest;
  manifest.name = result.options.name;
  manifest.version = result.options.version;
  manifest.family = models::kSegmenterFamily;
  manifest.task = result.options.task;
  manifest.normalisation = models::kImageValues;
  manifest.segmenter = result.start.segmenter;
  manifest.segments = result.start.segments;
  manifest.provenance_json = provenance_json(result);
  return writes_bundle(result.options) ? export_bundle(result, std::move(manifest), segment)
                                       : export_model_folder(result, std::move(manifest));
}

}  // namespace geod::trainer
