#include "trainer/segment_scores.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace geod::trainer {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

double ratio(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? kNone : static_cast<double>(part) / static_cast<double>(whole);
}

/// Of the values that are numbers; NaN without any.
template <class Value>
double mean_of_present(std::size_t classes, const Value& value) {
  double sum = 0.0;
  int present = 0;
  for (std::size_t k = 0; k < classes; ++k) {
    if (const double each = value(k); !std::isnan(each)) {
      sum += each;
      ++present;
    }
  }
  return present == 0 ? kNone : sum / present;
}

nlohmann::json number_or_null(double value) {
  return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json(nullptr);
}

std::string percent(double share) {
  return std::isnan(share) ? std::string("-") : fmt::format("{:.1f} %", 100.0 * share);
}

}  // namespace

void ConfusionMatrix::add(std::span<const std::int8_t> truth,
                          std::span<const std::int8_t> predicted) {
  GEOD_CHECK(truth.size() == predicted.size(), "a class for every pixel");
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] != kUnlabelled) {
      ++counts_[static_cast<std::size_t>(truth[i]) * classes_ +
                static_cast<std::size_t>(predicted[i])];
    }
  }
}

void ConfusionMatrix::add(const ConfusionMatrix& other) {
  GEOD_CHECK(other.classes_ == classes_, "matrices of the same classes");
  std::transform(
      counts_.begin(), counts_.end(), other.counts_.begin(), counts_.begin(), std::plus{});
}

std::int64_t ConfusionMatrix::pixels() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::int64_t{0});
}

std::int64_t ConfusionMatrix::truth_pixels(std::size_t k) const {
  std::int64_t sum = 0;
  for (std::size_t j = 0; j < classes_; ++j) {
    sum += count(k, j);
  }
  return sum;
}

std::int64_t ConfusionMatrix::predicted_pixels(std::size_t k) const {
  std::int64_t sum = 0;
  for (std::size_t j = 0; j < classes_; ++j) {
    sum += count(j, k);
  }
  return sum;
}

double ConfusionMatrix::iou(std::size_t k) const {
  return ratio(count(k, k), truth_pixels(k) + predicted_pixels(k) - count(k, k));
}

double ConfusionMatrix::recall(std::size_t k) const {
  return ratio(count(k, k), truth_pixels(k));
}

double ConfusionMatrix::precision(std::size_t k) const {
  return ratio(count(k, k), predicted_pixels(k));
}

double ConfusionMatrix::mean_iou() const {
  return mean_of_present(classes_, [this](std::size_t k) { return iou(k); });
}

double ConfusionMatrix::mean_recall() const {
  return mean_of_present(classes_, [this](std::size_t k) { return recall(k); });
}

double ConfusionMatrix::published_accuracy() const {
  double sum = 0.0;
  for (std::size_t k = 0; k < classes_; ++k) {
    const double each = recall(k);
    sum += std::isnan(each) ? 0.0 : each;
  }
  return sum / static_cast<double>(classes_);
}

double ConfusionMatrix::pixel_accuracy() const {
  std::int64_t right = 0;
  for (std::size_t k = 0; k < classes_; ++k) {
    right += count(k, k);
  }
  return ratio(right, pixels());
}

Result<SegmentScores> score_images(std::span<const LabelledImage> images,
                                   const ScoringSettings& settings,
                                   const SegmentFunction& segment,
                                   const ImageObserver& observer) {
  const std::size_t classes = settings.class_names.size();
  SegmentScores scores;
  scores.class_names = settings.class_names;
  scores.images = images.size();
  scores.confusion = ConfusionMatrix(classes);
  scores.batch_images = settings.batch_images;
  scores.mirrored = settings.mirrored;
  const auto step = static_cast<std::size_t>(settings.batch_images);
  double iou_sum = 0.0;
  double accuracy_sum = 0.0;
  int batches = 0;
  for (std::size_t first = 0; first < images.size(); first += step) {
    ConfusionMatrix batch(classes);
    for (const LabelledImage& image :
         images.subspan(first, std::min(step, images.size() - first))) {
      for (const bool mirrored : {false, true}) {
        if (mirrored && !settings.mirrored) {
          continue;
        }
        const auto probabilities = segment_image(image, mirrored, settings.tiles, segment);
        if (!probabilities) {
          return fail_with(probabilities.error(), image.name);
        }
        const std::vector<std::int8_t> predicted = likeliest_classes(*probabilities, classes);
        const std::vector<std::int8_t>& truth = mirrored ? mirror(image).labels : image.labels;
        batch.add(truth, predicted);
        if (!mirrored) {
          scores.confusion.add(truth, predicted);
          if (observer) {
            observer(image, *probabilities, predicted);
          }
        }
      }
    }
    if (batch.pixels() > 0) {
      iou_sum += batch.mean_iou();
      accuracy_sum += batch.published_accuracy();
      ++batches;
    }
  }
  scores.published_iou = batches == 0 ? kNone : iou_sum / batches;
  scores.published_accuracy = batches == 0 ? kNone : accuracy_sum / batches;
  return scores;
}

std::string segment_scores_to_json(const SegmentScores& scores, bool with_confusion) {
  using nlohmann::json;
  const ConfusionMatrix& all = scores.confusion;
  json out{{"images", scores.images},
           {"mean_iou", number_or_null(all.mean_iou())},
           {"mean_recall", number_or_null(all.mean_recall())},
           {"pixel_accuracy", number_or_null(all.pixel_accuracy())},
           {"published",
            {{"mean_iou", number_or_null(scores.published_iou)},
             {"mean_accuracy", number_or_null(scores.published_accuracy)},
             {"batch_images", scores.batch_images},
             {"mirrored", scores.mirrored}}}};
  for (std::size_t k = 0; k < all.classes(); ++k) {
    out["classes"][scores.class_names[k]] = {
        {"iou", number_or_null(all.iou(k))},
        {"recall", number_or_null(all.recall(k))},
        {"precision", number_or_null(all.precision(k))},
        {"share", number_or_null(ratio(all.truth_pixels(k), all.pixels()))}};
  }
  if (with_confusion) {
    json rows = json::array();
    for (std::size_t truth = 0; truth < all.classes(); ++truth) {
      json row = json::array();
      for (std::size_t predicted = 0; predicted < all.classes(); ++predicted) {
        row.push_back(all.count(truth, predicted));
      }
      rows.push_back(std::move(row));
    }
    out["confusion"] = std::move(rows);
  }
  return out.dump();
}

std::string segment_scores_to_text(const SegmentScores& scores) {
  const ConfusionMatrix& all = scores.confusion;
  std::string text = fmt::format(
      "{} images: mIoU {:.4f}, mean recall {:.4f}, right pixels {}\n"
      "as published (means over batches of {} images{}): mIoU {:.4f}, mPA {:.4f}\n"
      "{:<14} {:>9} {:>9} {:>9} {:>9}\n",
      scores.images,
      all.mean_iou(),
      all.mean_recall(),
      percent(all.pixel_accuracy()),
      scores.batch_images,
      scores.mirrored ? " and their mirror images" : "",
      scores.published_iou,
      scores.published_accuracy,
      "class",
      "share",
      "IoU",
      "recall",
      "precision");
  for (std::size_t k = 0; k < all.classes(); ++k) {
    text += fmt::format("{:<14} {:>9} {:>9} {:>9} {:>9}\n",
                        scores.class_names[k],
                        percent(ratio(all.truth_pixels(k), all.pixels())),
                        percent(all.iou(k)),
                        percent(all.recall(k)),
                        percent(all.precision(k)));
  }
  return text;
}

}  // namespace geod::trainer
