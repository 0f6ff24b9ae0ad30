#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace geod::trainer {

/// `text` as the content of an element or of an attribute in double quotes, for XML and HTML:
/// markup characters as entities; control characters and bytes that are not UTF-8 as U+FFFD.
std::string escaped(std::string_view text);

/// `bytes` in base64, with padding.
std::string base64(std::span<const std::byte> bytes);

/// Where a text is held at its x.
enum class Anchor { kStart, kMiddle, kEnd };

struct SvgPoint {
  double x = 0.0;
  double y = 0.0;
};

/// Builds one inline SVG picture. Units are CSS pixels at its own size, y downwards. It holds no
/// colours: elements carry class names, and the page (html_report) says what these look like, in
/// light and in dark. Every text is escaped here.
class SvgCanvas {
 public:
  /// @param description  what the picture shows, for readers that do not see it.
  SvgCanvas(double width, double height, std::string_view description);

  void line(SvgPoint from, SvgPoint to, std::string_view css_class);
  /// Nothing for fewer than two points.
  void polyline(std::span<const SvgPoint> points, std::string_view css_class);
  /// Closed and filled; nothing for fewer than three points.
  void polygon(std::span<const SvgPoint> points, std::string_view css_class);
  /// @param hint  shown when the pointer rests on it; empty: none.
  void rect(SvgPoint corner,
            double width,
            double height,
            std::string_view css_class,
            double opacity = 1.0,
            std::string_view hint = {});
  void circle(SvgPoint centre,
              double radius,
              std::string_view css_class,
              std::string_view hint = {});
  /// @param commands  the attribute d of a path: "M1 2H3V4".
  void path(std::string_view commands, std::string_view css_class);
  /// A PNG picture, stretched over the rectangle without smoothing.
  void image(SvgPoint corner, double width, double height, std::span<const std::byte> png);
  /// What the classes look like, for a picture that is a file of its own.
  void style(std::string_view css);
  void text(SvgPoint at, Anchor anchor, std::string_view css_class, std::string_view content);
  /// What is drawn until end_clip shows inside the rectangle only.
  void begin_clip(SvgPoint corner, double width, double height);
  void end_clip();
  /// As text, turned to read upwards.
  void upward_text(SvgPoint at, std::string_view css_class, std::string_view content);

  double width() const { return width_; }
  double height() const { return height_; }
  /// @param margin  left free on all sides.
  std::string finish(double margin = 0.0) const;

 private:
  void shape(std::string_view head, std::string_view hint);

  double width_;
  double height_;
  std::string description_;
  std::string body_;
};

/// Upper bound of the width of a text in the page's font for pictures.
double text_width(std::string_view text);

/// `text`, or as much of its start as `width` holds with an ellipsis after it.
std::string fitted(std::string_view text, double width);

}  // namespace geod::trainer
