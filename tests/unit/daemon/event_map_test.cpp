#include "daemon/event_map.hpp"

#include <algorithm>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/map_scales.hpp"

namespace geod {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

DrawnEvent event(double latitude_deg, double longitude_deg, double magnitude) {
  DrawnEvent made;
  made.event_id = "00c0ffee00c0ffee";
  made.time = *parse_iso("2019-07-04T17:02:55");
  made.epicentre = {latitude_deg, longitude_deg};
  made.depth_km = 8.0;
  made.magnitude = magnitude;
  made.magnitude_type = "ML";
  made.ellipse = EpicentreEllipse{2.0, 1.0, 30.0};
  return made;
}

std::string svg_of(const EventMap& map) {
  const auto svg = event_map_svg(map);
  return svg ? *svg : "error: " + svg.error().what;
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + part.size())) {
    ++found;
  }
  return found;
}

TEST(EventMap, ShowsEventsStationsAndFibresWithTheirNames) {
  EventMap map{"Ridgecrest", "quality B or better", {event(35.7, -117.5, 4.0)}, {}, {}, {}};
  map.stations = {{"CI.CLC", {35.8, -117.6}}, {"CI.SRT", {35.69, -117.75}}};
  map.fibres = {{"XX.FIBRE", {{35.6, -117.6}, {35.65, -117.5}}}};
  const std::string svg = svg_of(map);
  EXPECT_THAT(svg, HasSubstr("Ridgecrest: 1 event<"));
  EXPECT_THAT(svg, HasSubstr("magnitude 4.0 (1 ML); depth 8.0 km; quality B or better"));
  EXPECT_THAT(svg, HasSubstr(">CI.CLC<"));
  EXPECT_THAT(svg, HasSubstr(">CI.SRT<"));
  EXPECT_THAT(svg, HasSubstr(">XX.FIBRE<"));
  EXPECT_THAT(svg, HasSubstr("Equirectangular projection"));
  EXPECT_THAT(svg, HasSubstr("2019-07-04T17:02:55.0Z, ML 4.0, 8.0 km, 00c0ffee00c0ffee"));
}

TEST(EventMap, IsTheSameForAnyOrderOfTheEvents) {
  EventMap map{"Map", "", {}, {}, {}, {}};
  for (int i = 0; i < 40; ++i) {
    map.events.push_back(event(35.0 + 0.01 * (i * 7 % 40), -117.0 + 0.01 * i, 0.1 * (i % 10)));
    map.events.back().event_id = std::to_string(i);
  }
  EventMap turned = map;
  std::reverse(turned.events.begin(), turned.events.end());
  EXPECT_EQ(svg_of(map), svg_of(turned));
}

TEST(EventMap, DrawsLargeEventsBelowSmallOnes) {
  EventMap map{"Map", "", {event(35.0, -117.0, 1.0), event(35.0, -117.0, 6.0)}, {}, {}, {}};
  const std::string svg = svg_of(map);
  EXPECT_LT(svg.find("ML 6.0"), svg.find("ML 1.0"));
}

TEST(EventMap, TellsWhatIsNotKnown) {
  EventMap map{"Map", "", {event(35.0, -117.0, 1.0), event(35.1, -117.0, 2.0)}, {}, {}, {}};
  map.events[0].magnitude.reset();
  map.events[1].depth_km.reset();
  const std::string svg = svg_of(map);
  EXPECT_THAT(svg, HasSubstr("1 without magnitude"));
  EXPECT_EQ(count(svg, ">not known<"), 2U);
  EXPECT_THAT(svg, HasSubstr("event nodepth"));
  EXPECT_THAT(svg, HasSubstr("path class=\"cross d0\""));
}

TEST(EventMap, EscapesWhatOthersWrote) {
  EventMap map{"<script>alert(1)</script>", "a & b", {event(35.0, -117.0, 1.0)}, {}, {}, {}};
  map.events[0].event_id = "quakeml:x/\"<b>\x01";
  map.events[0].magnitude_type = "M<w>";
  map.stations = {{"X\xff.<i>", {35.0, -117.01}}};
  const std::string svg = svg_of(map);
  EXPECT_THAT(svg, Not(HasSubstr("<script>")));
  EXPECT_THAT(svg, Not(HasSubstr("<b>")));
  EXPECT_THAT(svg, Not(HasSubstr("<i>")));
  EXPECT_THAT(svg, Not(HasSubstr("M<w>")));
  EXPECT_THAT(svg, HasSubstr("a &amp; b"));
  EXPECT_EQ(svg.find('\x01'), std::string::npos);
}

TEST(EventMap, StaysSmallWithManyEvents) {
  EventMap map{"Map", "", {}, {}, {}, {}};
  for (int i = 0; i < 20000; ++i) {
    map.events.push_back(
        event(-21.0 + 0.0001 * (i * 7919 % 20000), -70.0 + 0.0001 * i, 0.001 * (i % 4000)));
  }
  const std::string svg = svg_of(map);
  EXPECT_EQ(count(svg, "<circle class=\"event d"), 20000U);
  EXPECT_EQ(count(svg, "class=\"ellipse\""), 0U);
  EXPECT_LT(svg.size(), 2'000'000U);
}

TEST(EventMap, LeavesOutWhatLiesFarFromTheEvents) {
  EventMap map{"Map", "", {event(35.0, -117.0, 1.0)}, {}, {}, {}};
  map.stations = {{"XX.NEAR", {35.3, -117.2}}, {"XX.FAR", {50.0, 10.0}}};
  const std::string svg = svg_of(map);
  EXPECT_THAT(svg, HasSubstr("XX.NEAR"));
  EXPECT_THAT(svg, Not(HasSubstr("XX.FAR")));
}

TEST(EventMap, ShowsTheNetworkWhereThereIsNoEvent) {
  EventMap map{"Map", "", {}, {{"XX.A", {35.3, -117.2}}}, {}, {}};
  EXPECT_THAT(svg_of(map), HasSubstr("Map: no events<"));
  map.stations.clear();
  const auto nothing = event_map_svg(map);
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, Errc::kNotFound);
}

TEST(DrawnEvent, PrefersWhatWasReviewed) {
  storage::StoredEvent stored;
  stored.event.event_id = "00c0ffee00c0ffee";
  stored.event.origin.latitude_deg = 35.0;
  stored.event.origin.depth_km = 5.0;
  stored.event.magnitudes.push_back({MagnitudeType::kMl, 3.0, 0.1, 4, {}});
  const DrawnEvent automatic = drawn_event(stored);
  EXPECT_FALSE(automatic.is_reviewed);
  EXPECT_EQ(automatic.magnitude_type, "ML");
  EXPECT_TRUE(automatic.ellipse.has_value());

  ReviewedEvent reviewed;
  reviewed.public_id = "smi:local/1";
  reviewed.latitude_deg = 35.1;
  reviewed.magnitudes.push_back({"smi:local/m", "Mw", 3.3, {}, {}});
  stored.reviewed.push_back(reviewed);
  const DrawnEvent preferred = drawn_event(stored);
  EXPECT_TRUE(preferred.is_reviewed);
  EXPECT_EQ(preferred.event_id, "00c0ffee00c0ffee");
  EXPECT_DOUBLE_EQ(preferred.epicentre.latitude_deg, 35.1);
  EXPECT_FALSE(preferred.depth_km.has_value());
  EXPECT_EQ(magnitude_text(preferred), "Mw 3.3");
  EXPECT_FALSE(preferred.ellipse.has_value());
}

TEST(DepthScale, HasAFewClassesOfNiceHeight) {
  const DepthScale scale({0.3, 4.0, 11.2});
  EXPECT_EQ(scale.classes(), 6U);
  EXPECT_EQ(scale.label(0), "0 to 2");
  EXPECT_EQ(scale.label(5), "10 to 12");
  EXPECT_EQ(scale.class_of(2.0), 1U);
  EXPECT_EQ(scale.class_of(-3.0), 0U);
  EXPECT_EQ(scale.class_of(99.0), 5U);
  EXPECT_NE(scale.colour(0), scale.colour(5));
}

TEST(DepthScale, IsNotStretchedByAFewDeepEvents) {
  std::vector<double> depths(100, 5.0);
  depths.push_back(600.0);
  const DepthScale scale(depths);
  EXPECT_EQ(scale.classes(), 1U);
  EXPECT_EQ(scale.label(0), "from 5");
}

TEST(DepthScale, NeverHasMoreClassesThanItSays) {
  for (double deepest = 0.1; deepest < 800.0; deepest *= 1.17) {
    const DepthScale scale({-1.3, deepest});
    EXPECT_GE(scale.classes(), 1U);
    EXPECT_LE(scale.classes(), DepthScale::kMostClasses) << deepest;
  }
}

TEST(MagnitudeRadius, GrowsWithinLimits) {
  EXPECT_LT(magnitude_radius_px(2.0, 10), magnitude_radius_px(3.0, 10));
  EXPECT_LT(magnitude_radius_px(3.0, 20000), magnitude_radius_px(3.0, 10));
  EXPECT_DOUBLE_EQ(magnitude_radius_px(-9.0, 10), magnitude_radius_px(-8.0, 10));
  EXPECT_DOUBLE_EQ(magnitude_radius_px(9.9, 10), magnitude_radius_px(9.5, 10));
}

TEST(LabelPlaces, KeepTextsOffEachOther) {
  LabelPlaces places({{0.0, 0.0}, 100.0, 100.0});
  const std::array<LabelPlaces::Box, 2> candidates{
      {{{10.0, 10.0}, 30.0, 10.0}, {{50.0, 10.0}, 30.0, 10.0}}};
  EXPECT_DOUBLE_EQ(places.place(candidates)->corner.x, 10.0);
  EXPECT_DOUBLE_EQ(places.place(candidates)->corner.x, 50.0);
  EXPECT_FALSE(places.place(candidates).has_value());
  const std::array<LabelPlaces::Box, 1> outside{{{{90.0, 10.0}, 30.0, 10.0}}};
  EXPECT_FALSE(places.place(outside).has_value());
}

TEST(LabelPlaces, LieOnWhatIsToBeAvoidedOnlyWhereNothingElseIsFree) {
  LabelPlaces places({{0.0, 0.0}, 100.0, 100.0});
  places.avoid({{10.0, 10.0}, 5.0, 5.0});
  const std::array<LabelPlaces::Box, 2> candidates{
      {{{10.0, 10.0}, 30.0, 10.0}, {{50.0, 10.0}, 30.0, 10.0}}};
  EXPECT_DOUBLE_EQ(places.place(candidates)->corner.x, 50.0);
  EXPECT_DOUBLE_EQ(places.place(candidates)->corner.x, 10.0);
}

}  // namespace
}  // namespace geod
