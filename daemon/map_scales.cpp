#include "daemon/map_scales.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "trainer/svg_axis.hpp"

namespace geod {
namespace {

/// From shallow to deep; lightness falls all the way.
constexpr std::array<std::array<double, 3>, 5> kColours{{{250.0, 205.0, 75.0},
                                                         {238.0, 128.0, 55.0},
                                                         {196.0, 62.0, 88.0},
                                                         {110.0, 44.0, 128.0},
                                                         {30.0, 27.0, 82.0}}};
constexpr double kLeastStepKm = 1.0;
constexpr std::size_t kManyDepths = 50;
constexpr double kScaledShare = 0.98;

constexpr double kRadiusOfMagnitude0Px = 2.4;
constexpr double kGrowth = 1.45;
constexpr double kLeastRadiusPx = 1.4;
constexpr double kMostRadiusPx = 30.0;
constexpr std::size_t kManyEvents = 2000;
constexpr double kManyEventsShrink = 0.7;

bool overlap(const LabelPlaces::Box& a, const LabelPlaces::Box& b) {
  return a.corner.x < b.corner.x + b.width && b.corner.x < a.corner.x + a.width &&
         a.corner.y < b.corner.y + b.height && b.corner.y < a.corner.y + a.height;
}

bool overlaps_any(const LabelPlaces::Box& box, const std::vector<LabelPlaces::Box>& others) {
  return std::any_of(others.begin(), others.end(), [&box](const LabelPlaces::Box& other) {
    return overlap(box, other);
  });
}

bool within(const LabelPlaces::Box& inner, const LabelPlaces::Box& outer) {
  return inner.corner.x >= outer.corner.x && inner.corner.y >= outer.corner.y &&
         inner.corner.x + inner.width <= outer.corner.x + outer.width &&
         inner.corner.y + inner.height <= outer.corner.y + outer.height;
}

}  // namespace

DepthScale::DepthScale(std::vector<double> depths_km) {
  if (depths_km.empty()) {
    return;
  }
  std::sort(depths_km.begin(), depths_km.end());
  const double low = depths_km.front();
  double high = depths_km.back();
  if (depths_km.size() >= kManyDepths) {
    const auto last = static_cast<double>(depths_km.size() - 1);
    high = depths_km[static_cast<std::size_t>(kScaledShare * last)];
  }
  const double most = static_cast<double>(kMostClasses) - 1.0;
  step_km_ = std::max(kLeastStepKm, high > low ? trainer::nice_step((high - low) / most) : 0.0);
  first_km_ = step_km_ * std::floor(low / step_km_);
  classes_ = static_cast<std::size_t>(std::floor((high - first_km_) / step_km_)) + 1;
  is_open_ = depths_km.back() >= first_km_ + step_km_ * static_cast<double>(classes_);
}

std::size_t DepthScale::class_of(double depth_km) const {
  const double steps = std::floor((depth_km - first_km_) / step_km_);
  const double last = classes_ == 0 ? 0.0 : static_cast<double>(classes_ - 1);
  return static_cast<std::size_t>(std::clamp(steps, 0.0, last));
}

std::string DepthScale::css_class(double depth_km) const {
  return fmt::format("d{}", class_of(depth_km));
}

std::string DepthScale::label(std::size_t depth_class) const {
  const double from = first_km_ + step_km_ * static_cast<double>(depth_class);
  const std::string text = trainer::tick_text(from, step_km_);
  return is_open_ && depth_class + 1 == classes_
             ? "from " + text
             : fmt::format("{} to {}", text, trainer::tick_text(from + step_km_, step_km_));
}

std::string DepthScale::colour(std::size_t depth_class) const {
  const double share = classes_ < 2
                           ? 0.3  // a single class is neither light nor dark
                           : static_cast<double>(depth_class) / static_cast<double>(classes_ - 1);
  const double at = share * static_cast<double>(kColours.size() - 1);
  const std::size_t below = std::min(static_cast<std::size_t>(at), kColours.size() - 2);
  const double part = at - static_cast<double>(below);
  std::string text = "#";
  for (std::size_t i = 0; i < 3; ++i) {
    const double value = (1.0 - part) * kColours[below][i] + part * kColours[below + 1][i];
    text += fmt::format("{:02x}", std::lround(value));
  }
  return text;
}

double magnitude_radius_px(double magnitude, std::size_t events) {
  const double radius = kRadiusOfMagnitude0Px * std::pow(kGrowth, magnitude);
  return std::clamp(
      events > kManyEvents ? kManyEventsShrink * radius : radius, kLeastRadiusPx, kMostRadiusPx);
}

std::optional<LabelPlaces::Box> LabelPlaces::place(std::span<const Box> candidates) {
  const Box* best = nullptr;
  for (const Box& box : candidates) {
    if (!within(box, area_) || overlaps_any(box, taken_)) {
      continue;
    }
    if (!overlaps_any(box, avoided_)) {
      best = &box;
      break;
    }
    best = best == nullptr ? &box : best;
  }
  if (best == nullptr) {
    return std::nullopt;
  }
  taken_.push_back(*best);
  return *best;
}

}  // namespace geod
