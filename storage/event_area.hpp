#pragma once

#include <vector>

#include "storage/event_query.hpp"

namespace geod::storage {

/// Boxes that hold all of an area between them: what an index finds; is_inside decides.
std::vector<Region> boxes_around(const Circle& circle);
std::vector<Region> boxes_around(const Polygon& polygon);

/// Great-circle distance on a sphere of radius 6371 km between the two radii, both included.
bool is_inside(const Circle& circle, double latitude_deg, double longitude_deg);
/// By the parity of the edges to the east of the place; a place on an edge is on one side of it.
bool is_inside(const Polygon& polygon, double latitude_deg, double longitude_deg);

}  // namespace geod::storage
