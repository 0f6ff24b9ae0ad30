#pragma once

#include <string>

#include "models/manifest.hpp"

namespace geod::models::test {

/// The manifest of a small DINOv2 encoder, as `geod import dinov2` makes it of a large one.
inline Manifest small_encoder() {
  Manifest encoder;
  encoder.name = "encoder";
  encoder.version = "1";
  encoder.family = kEncoderFamily;
  encoder.task = Task::kDas;
  encoder.normalisation = kImageValues;
  encoder.segmenter.width = 24;
  encoder.segmenter.blocks = 4;
  encoder.segmenter.heads = 3;
  encoder.segmenter.position_grid = 4;
  encoder.segmenter.taps = {1, 2, 3, 4};
  encoder.weights_sha256 = std::string(64, 'e');
  return encoder;
}

/// A whole network over it.
inline Manifest small_segmenter(Task task = Task::kSalt,
                                SegmentDecoder decoder = SegmentDecoder::kPup) {
  Manifest network = small_encoder();
  network.name = "shapes";
  network.version = "2";
  network.family = kSegmenterFamily;
  network.task = task;
  network.segmenter.decoder = decoder;
  network.segmenter.decoder_width = decoder == SegmentDecoder::kUnet ? 4 : 8;
  network.segmenter.rows = 56;
  network.segmenter.columns = 42;
  network.segments.das.row_hop = 28;
  network.segments.das.column_hop = 21;
  return network;
}

}  // namespace geod::models::test
