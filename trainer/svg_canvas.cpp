#include "trainer/svg_canvas.hpp"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

namespace geod::trainer {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

/// Of a digit or an average letter at 12 px, rounded up.
constexpr double kWidestPx = 7.2;

bool begins_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
}

/// Length of the UTF-8 sequence at the front of `bytes`; 0 when there is none.
std::size_t sequence_length(std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned first = byte(0);
  const std::size_t length = first < 0x80U                      ? 1
                             : first >= 0xC2U && first < 0xE0U  ? 2
                             : first >= 0xE0U && first < 0xF0U  ? 3
                             : first >= 0xF0U && first <= 0xF4U ? 4
                                                                : 0;
  if (length == 0 || length > bytes.size()) {
    return 0;
  }
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80U) {
      return 0;
    }
  }
  const bool overlong = (first == 0xE0U && byte(1) < 0xA0U) || (first == 0xF0U && byte(1) < 0x90U);
  const bool surrogate = first == 0xEDU && byte(1) >= 0xA0U;
  const bool beyond = first == 0xF4U && byte(1) >= 0x90U;
  const bool no_character =
      first == 0xEFU && byte(1) == 0xBFU && byte(2) >= 0xBEU;  // U+FFFE, U+FFFF
  return overlong || surrogate || beyond || no_character ? 0 : length;
}

std::string points_text(std::span<const SvgPoint> points) {
  std::string text;
  for (const SvgPoint& point : points) {
    text += fmt::format("{}{:.1f},{:.1f}", text.empty() ? "" : " ", point.x, point.y);
  }
  return text;
}

std::string_view anchor_text(Anchor anchor) {
  switch (anchor) {
    case Anchor::kStart:
      return "start";
    case Anchor::kMiddle:
      return "middle";
    case Anchor::kEnd:
      break;
  }
  return "end";
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    const char first = text.front();
    const bool control = static_cast<unsigned char>(first) < 0x20U && first != '\t' &&
                         first != '\n' && first != '\r';
    if (length == 0 || control || first == '\x7F') {
      out += kReplacement;
    } else if (first == '&') {
      out += "&amp;";
    } else if (first == '<') {
      out += "&lt;";
    } else if (first == '>') {
      out += "&gt;";
    } else if (first == '"') {
      out += "&quot;";
    } else if (first == '\'') {
      out += "&#39;";
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

std::string base64(std::span<const std::byte> bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](std::size_t at) {
      return at < bytes.size() ? std::to_integer<std::uint32_t>(bytes[at]) : 0U;
    };
    const std::uint32_t group = byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2);
    text += kDigits[group >> 18U & 63U];
    text += kDigits[group >> 12U & 63U];
    text += i + 1 < bytes.size() ? kDigits[group >> 6U & 63U] : '=';
    text += i + 2 < bytes.size() ? kDigits[group & 63U] : '=';
  }
  return text;
}

SvgCanvas::SvgCanvas(double width, double height, std::string_view description)
    : width_(width), height_(height), description_(description) {}

void SvgCanvas::line(SvgPoint from, SvgPoint to, std::string_view css_class) {
  body_ += fmt::format(R"(<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>)"
                       "\n",
                       css_class,
                       from.x,
                       from.y,
                       to.x,
                       to.y);
}

void SvgCanvas::polyline(std::span<const SvgPoint> points, std::string_view css_class) {
  if (points.size() >= 2) {
    body_ +=
        fmt::format("<polyline class=\"{}\" points=\"{}\"/>\n", css_class, points_text(points));
  }
}

void SvgCanvas::polygon(std::span<const SvgPoint> points, std::string_view css_class) {
  if (points.size() >= 3) {
    body_ += fmt::format("<polygon class=\"{}\" points=\"{}\"/>\n", css_class, points_text(points));
  }
}

void SvgCanvas::shape(std::string_view head, std::string_view hint) {
  const std::string_view name = head.substr(0, head.find(' '));
  body_ += hint.empty() ? fmt::format("<{}/>\n", head)
                        : fmt::format("<{}><title>{}</title></{}>\n", head, escaped(hint), name);
}

void SvgCanvas::rect(SvgPoint corner,
                     double width,
                     double height,
                     std::string_view css_class,
                     double opacity,
                     std::string_view hint) {
  shape(
      fmt::format(
          R"(rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill-opacity="{:.3g}")",
          css_class,
          corner.x,
          corner.y,
          width,
          height,
          opacity),
      hint);
}

void SvgCanvas::circle(SvgPoint centre,
                       double radius,
                       std::string_view css_class,
                       std::string_view hint) {
  shape(fmt::format(R"(circle class="{}" cx="{:.1f}" cy="{:.1f}" r="{:.1f}")",
                    css_class,
                    centre.x,
                    centre.y,
                    radius),
        hint);
}

void SvgCanvas::path(std::string_view commands, std::string_view css_class) {
  body_ += fmt::format("<path class=\"{}\" d=\"{}\"/>\n", css_class, commands);
}

void SvgCanvas::image(SvgPoint corner,
                      double width,
                      double height,
                      std::span<const std::byte> png) {
  body_ += fmt::format(
      R"(<image x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" preserveAspectRatio="none" style="image-rendering:pixelated" href="data:image/png;base64,{}"/>)"
      "\n",
      corner.x,
      corner.y,
      width,
      height,
      base64(png));
}

void SvgCanvas::style(std::string_view css) {
  body_ += fmt::format("<style>{}</style>\n", css);
}

void SvgCanvas::text(SvgPoint at,
                     Anchor anchor,
                     std::string_view css_class,
                     std::string_view content) {
  body_ += fmt::format(R"(<text class="{}" x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>)"
                       "\n",
                       css_class,
                       at.x,
                       at.y,
                       anchor_text(anchor),
                       escaped(content));
}

void SvgCanvas::begin_clip(SvgPoint corner, double width, double height) {
  // An inner picture ends at its border by itself, and needs no id that a page could hold twice.
  body_ += fmt::format(
      R"(<svg x="{0:.1f}" y="{1:.1f}" width="{2:.1f}" height="{3:.1f}" viewBox="{0:.1f} {1:.1f} {2:.1f} {3:.1f}" overflow="hidden">)"
      "\n",
      corner.x,
      corner.y,
      width,
      height);
}

void SvgCanvas::end_clip() {
  body_ += "</svg>\n";
}

void SvgCanvas::upward_text(SvgPoint at, std::string_view css_class, std::string_view content) {
  body_ += fmt::format(
      R"svg(<text class="{}" transform="translate({:.1f} {:.1f}) rotate(-90)" text-anchor="middle">{}</text>)svg"
      "\n",
      css_class,
      at.x,
      at.y,
      escaped(content));
}

std::string SvgCanvas::finish(double margin) const {
  const double width = width_ + 2.0 * margin;
  const double height = height_ + 2.0 * margin;
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"{}\" viewBox=\"{:.0f} "
      "{:.0f} {:.0f} {:.0f}\" width=\"{:.0f}\" height=\"{:.0f}\">\n{}</svg>\n",
      escaped(description_),
      0.0 - margin,
      0.0 - margin,
      width,
      height,
      width,
      height,
      body_);
}

double text_width(std::string_view text) {
  std::size_t characters = 0;
  for (const char each : text) {
    characters += begins_character(each) ? 1 : 0;
  }
  return kWidestPx * static_cast<double>(characters);
}

std::string fitted(std::string_view text, double width) {
  if (text_width(text) <= width) {
    return std::string(text);
  }
  const auto most = static_cast<std::size_t>(std::max(1.0, width / kWidestPx)) - 1;
  std::size_t characters = 0;
  std::size_t end = 0;
  for (; end < text.size(); ++end) {
    if (begins_character(text[end]) && characters++ == most) {
      break;
    }
  }
  return std::string(text.substr(0, end)) + "\u2026";
}

}  // namespace geod::trainer
