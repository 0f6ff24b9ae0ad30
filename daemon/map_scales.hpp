#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "trainer/svg_canvas.hpp"

namespace geod {

/// Depths in classes of the same height, a colour each: light is shallow, dark is deep, so that it
/// can be told apart in grey, too.
class DepthScale {
 public:
  static constexpr std::size_t kMostClasses = 8;

  /// Classes around `depths_km`. Of fifty depths or more the deepest 2 % do not stretch the scale:
  /// the last class is then open. `depths_km` may be empty.
  explicit DepthScale(std::vector<double> depths_km);

  std::size_t classes() const { return classes_; }
  /// Of the class that a depth lies in; depths outside count to the first or last.
  std::size_t class_of(double depth_km) const;
  std::string css_class(double depth_km) const;
  /// "4 to 6", "from 14" for an open last class; km.
  std::string label(std::size_t depth_class) const;
  /// "#rrggbb".
  std::string colour(std::size_t depth_class) const;

 private:
  double first_km_ = 0.0;
  double step_km_ = 1.0;
  std::size_t classes_ = 0;
  bool is_open_ = false;
};

/// Radius of the symbol of an event: grows 1.45 times with each magnitude, within limits; smaller
/// where more than 2,000 events share the map.
double magnitude_radius_px(double magnitude, std::size_t events);

/// Where rectangles stand, so that texts keep off each other.
class LabelPlaces {
 public:
  struct Box {
    trainer::SvgPoint corner;
    double width = 0.0;
    double height = 0.0;
  };
  explicit LabelPlaces(const Box& area) : area_(area) {}

  void take(const Box& box) { taken_.push_back(box); }
  /// Kept free where a text has another place.
  void avoid(const Box& box) { avoided_.push_back(box); }
  /// The first of `candidates` that is inside the area and neither taken nor to be avoided, else
  /// the first that is not taken; it is taken then.
  std::optional<Box> place(std::span<const Box> candidates);

 private:
  Box area_;
  std::vector<Box> taken_;
  std::vector<Box> avoided_;
};

}  // namespace geod
