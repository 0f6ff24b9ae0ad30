#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "trainer/image_tiles.hpp"

namespace geod::trainer {

/// Pixels by true class (rows) and predicted class (columns).
class ConfusionMatrix {
 public:
  explicit ConfusionMatrix(std::size_t classes) : classes_(classes), counts_(classes * classes) {}

  /// Pixels without a label are left out.
  void add(std::span<const std::int8_t> truth, std::span<const std::int8_t> predicted);
  void add(const ConfusionMatrix& other);

  std::size_t classes() const { return classes_; }
  std::int64_t count(std::size_t truth, std::size_t predicted) const {
    return counts_[truth * classes_ + predicted];
  }
  std::int64_t pixels() const;
  std::int64_t truth_pixels(std::size_t k) const;      ///< of class k
  std::int64_t predicted_pixels(std::size_t k) const;  ///< taken for class k

  /// Intersection over union of a class; NaN where it is neither there nor predicted.
  double iou(std::size_t k) const;
  double recall(std::size_t k) const;     ///< NaN without pixels of the class
  double precision(std::size_t k) const;  ///< NaN where it is never predicted

  /// Mean over the classes that are there or predicted: torchmetrics' macro Jaccard index.
  double mean_iou() const;
  /// Mean recall of the classes that are there.
  double mean_recall() const;
  /// The paper's mPA: mean over all classes, where a class that is not there counts as 0.
  double published_accuracy() const;
  double pixel_accuracy() const;

 private:
  std::size_t classes_;
  std::vector<std::int64_t> counts_;
};

/// Scores of a network on a set of images.
struct SegmentScores {
  std::vector<std::string> class_names;
  std::size_t images = 0;
  ConfusionMatrix confusion{2};  ///< of all images as they are
  /// As published: the mean over batches of what each batch has, mirror images included.
  double published_iou = 0.0;
  double published_accuracy = 0.0;
  std::int64_t batch_images = 0;  ///< before mirroring
  bool mirrored = false;          ///< whether mirror images were asked, too
};

struct ScoringSettings {
  TileSettings tiles;
  std::vector<std::string> class_names;
  std::int64_t batch_images = 6;  ///< the batch of the published means: table S4
  bool mirrored = true;
};

/// Told of every image as it is: its probabilities [K, rows, columns] and likeliest classes.
using ImageObserver = std::function<void(const LabelledImage& image,
                                         std::span<const float> probabilities,
                                         std::span<const std::int8_t> classes)>;

/// Segments and scores every image. Errors of `segment`.
Result<SegmentScores> score_images(std::span<const LabelledImage> images,
                                   const ScoringSettings& settings,
                                   const SegmentFunction& segment,
                                   const ImageObserver& observer = {});

/// One JSON object; with the confusion matrix as rows where `with_confusion`.
std::string segment_scores_to_json(const SegmentScores& scores, bool with_confusion);
std::string segment_scores_to_text(const SegmentScores& scores);

}  // namespace geod::trainer
