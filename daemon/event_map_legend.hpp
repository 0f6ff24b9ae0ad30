#pragma once

#include "daemon/event_map.hpp"
#include "daemon/map_scales.hpp"
#include "trainer/svg_canvas.hpp"

namespace geod {

/// From an ellipse of one standard deviation along each axis to one that holds 68 % of a
/// two-dimensional normal distribution: sqrt(-2 ln 0.32).
inline constexpr double kEllipse68 = 1.51;
/// From this number on ellipses would hide the events.
inline constexpr std::size_t kMostEllipses = 500;

/// What the pictures' classes look like; the colours of the depths among them.
std::string map_style(const DepthScale& depths, std::size_t events);

/// An upright triangle about `centre`.
void draw_station_symbol(trainer::SvgCanvas& canvas, trainer::SvgPoint centre);
/// A cross: an event whose magnitude is not known.
void draw_cross(trainer::SvgCanvas& canvas, trainer::SvgPoint centre, const std::string& css_class);

/// Depths, magnitudes and symbols, from `corner` on downwards.
void draw_map_legend(trainer::SvgCanvas& canvas,
                     trainer::SvgPoint corner,
                     const EventMap& map,
                     const DepthScale& depths);

}  // namespace geod
