#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "streams/png_file.hpp"
#include "trainer/segment_scores.hpp"

namespace geod::trainer {

/// The colour of a class in pictures; class 0, the background, has none. Colours repeat after
/// eight.
streams::Rgb class_colour(std::size_t k);

/// The image in grey, its classes laid over in their colours; `classes` empty: the image alone.
streams::PngPicture overlay_picture(const LabelledImage& image,
                                    std::span<const std::int8_t> classes);

/// Image, labels and prediction beside each other, with a white line between; large images are
/// thinned out to at most 512 pixels a side.
streams::PngPicture comparison_picture(const LabelledImage& image,
                                       std::span<const std::int8_t> predicted);

/// Pictures of some images of a set: the first ones, and those with the least mIoU.
class OverlayGallery {
 public:
  struct Entry {
    std::string name;
    double mean_iou = 0.0;
    streams::PngPicture picture;
  };

  /// To be told of every image while it is scored; the gallery must outlive it.
  ImageObserver observer(std::size_t classes);

  const std::vector<Entry>& first() const { return first_; }
  const std::vector<Entry>& worst() const { return worst_; }  ///< the worst first

 private:
  std::vector<Entry> first_;
  std::vector<Entry> worst_;
};

}  // namespace geod::trainer
