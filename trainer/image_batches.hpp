#pragma once

#include <cstdint>
#include <span>

#include "trainer/batch_source.hpp"
#include "trainer/image_set.hpp"

namespace geod::trainer {

/// How batches are made of images.
struct ImageBatchRules {
  std::int64_t rows = 0;  ///< of the pieces that the network sees
  std::int64_t columns = 0;
  std::int64_t images = 6;  ///< drawn a step, of all processes
  int processes = 1;
  /// Preset paper: every image is followed by its mirror image along the columns, and the last
  /// batch of an epoch is smaller (with several processes it is left out). Otherwise images are
  /// mirrored at random and batches go on over the end of an epoch.
  bool published = false;
  std::uint64_t seed = 1;
};

/// Batches of images in an order that depends on the seed alone: every image once an epoch, in
/// another order each. What is larger than the piece is cut at random; what is smaller is filled up
/// with grey that has no label. Immutable.
class ImageBatches {
 public:
  /// `images` must outlive this; at least one.
  ImageBatches(std::span<const LabelledImage> images, const ImageBatchRules& rules);

  std::int64_t epoch_steps() const { return epoch_steps_; }

  /// The part of process `rank`. TrainBatch::input [N, rows, columns], 0 to 255; target [N, rows,
  /// columns], class or kUnlabelled; no weights. Any thread.
  TrainBatch make(std::int64_t step, int rank) const;

 private:
  struct Draw {
    std::size_t image = 0;
    std::uint64_t number = 0;  ///< of all draws of the run
  };
  std::vector<Draw> draws_of(std::int64_t step) const;
  std::size_t image_of(std::uint64_t number) const;

  std::span<const LabelledImage> images_;
  ImageBatchRules rules_;
  std::int64_t epoch_steps_;
};

}  // namespace geod::trainer
