#include "trainer/svg_plot.hpp"

#include <cmath>
#include <limits>
#include <regex>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "trainer/svg_traces.hpp"

namespace geod::trainer {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Where a horizontal text stands, as wide as the canvas takes it to be.
struct TextBox {
  double left = 0.0;
  double right = 0.0;
  double top = 0.0;
  double bottom = 0.0;
  std::string text;
};

std::vector<TextBox> text_boxes(const std::string& svg) {
  static const std::regex kText(
      R"re(<text class="[^"]*" x="([-0-9.]+)" y="([-0-9.]+)" text-anchor="(\w+)">([^<]*)</text>)re");
  std::vector<TextBox> boxes;
  for (std::sregex_iterator match(svg.begin(), svg.end(), kText), end; match != end; ++match) {
    const double x = std::stod((*match)[1]);
    const double y = std::stod((*match)[2]);
    const double wide = 6.0 * static_cast<double>((*match)[4].length());
    const double left = (*match)[3] == "start" ? x : (*match)[3] == "end" ? x - wide : x - wide / 2;
    boxes.push_back({left, left + wide, y - 10.0, y + 2.0, (*match)[4]});
  }
  return boxes;
}

void expect_no_text_on_text(const std::string& svg) {
  const std::vector<TextBox> boxes = text_boxes(svg);
  ASSERT_GT(boxes.size(), 3U);
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    for (std::size_t k = i + 1; k < boxes.size(); ++k) {
      const bool apart = boxes[i].right <= boxes[k].left || boxes[k].right <= boxes[i].left ||
                         boxes[i].bottom <= boxes[k].top || boxes[k].bottom <= boxes[i].top;
      EXPECT_TRUE(apart) << boxes[i].text << " on " << boxes[k].text;
    }
  }
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

TEST(XyPlot, DrawsEverySeriesAndBreaksAtWhatIsNotANumber) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  XyPlot plot{"loss", {"step", false, {}, {}}, {"loss", true, {}, {}}, {}};
  plot.series.push_back({"train", {{1, 1.0}, {2, 0.5}, {3, nan}, {4, 0.2}, {5, 0.1}}});
  plot.series.push_back({"held out", {{1, 2.0}, {5, 1.0}}, PlotSeries::Style::kLineAndPoints});
  const std::string svg = to_svg(plot);
  EXPECT_EQ(count_of(svg, "class=\"line s0\" points"), 2U);
  EXPECT_EQ(count_of(svg, "class=\"line s1\" points"), 1U);
  EXPECT_EQ(count_of(svg, "<circle"), 2U);
  EXPECT_THAT(svg, HasSubstr(">held out</text>"));
  expect_no_text_on_text(svg);
}

TEST(XyPlot, KeepsTextsApartWhateverTheNumbersAre) {
  for (const double scale : {1e-9, 1e-3, 1.0, 12345.0, 1e9}) {
    for (const bool logarithmic : {false, true}) {
      XyPlot plot{
          "a title of some length", {"x (unit)", false, {}, {}}, {"y", logarithmic, {}, {}}, {}};
      for (const char* name : {"one", "two", "a longer name", "and another one", "and a fifth"}) {
        plot.series.push_back({name, {{scale, scale}, {3 * scale, 5000 * scale}}});
      }
      const std::string svg = to_svg(plot);
      SCOPED_TRACE(svg);
      expect_no_text_on_text(svg);
    }
  }
}

TEST(XyPlot, SaysWhenThereIsNothing) {
  XyPlot plot{"loss", {"step", false, {}, {}}, {"loss", true, {}, {}}, {}};
  EXPECT_THAT(to_svg(plot), HasSubstr("nothing to show"));
  plot.series.push_back({"train", {{1.0, -1.0}}});  // no logarithm
  EXPECT_THAT(to_svg(plot), HasSubstr("nothing to show"));
}

TEST(HistogramPlot, CountsWhatLiesOutsideInsteadOfDrawingIt) {
  HistogramPlot plot;
  plot.x = {"s", false, -1.0, 1.0};
  plot.bins = 4;
  plot.groups = {{"P", {-0.9, -0.8, 0.1, 1.5, 1.0}}};
  const std::string svg = to_svg(plot);
  EXPECT_THAT(svg, HasSubstr("2 outside the axis"));
  EXPECT_THAT(svg, HasSubstr("<title>-1 to -0.5: 2</title>"));
  EXPECT_THAT(svg, HasSubstr("<title>0 to 0.5: 1</title>"));
  EXPECT_EQ(count_of(svg, "<rect"), 2U);
  plot.groups[0].values.push_back(std::nan(""));
  EXPECT_THAT(to_svg(plot), HasSubstr("3 outside the axis"));
}

TEST(MatrixPlot, ShowsCountsAndSharesOfTheRow) {
  const std::string svg = to_svg(MatrixPlot{"confusion",
                                            "was",
                                            "said",
                                            {"up", "down"},
                                            {"up", "down", "nothing"},
                                            {{3, 1, 0}, {0, 0, -1}}});
  EXPECT_THAT(svg, HasSubstr(">75.0 %<"));
  EXPECT_THAT(svg, HasSubstr(">25.0 %<"));
  EXPECT_EQ(count_of(svg, "<rect"), 5U);  // one cell does not exist
  EXPECT_THAT(svg, HasSubstr("on-dark"));
  expect_no_text_on_text(svg);
}

TEST(TracesPlot, NamesMarksThatStandCloseOneAboveTheOther) {
  const std::vector<float> values(5000, 1.0F);
  TracesPlot plot;
  plot.title = "XX.A.00.HH";
  plot.subtitle = "found both";
  plot.seconds = 50.0;
  plot.components = {{"Z", values}, {"N", values}, {"E", values}};
  plot.scores = {{"P", values}, {"S", values}};
  plot.thresholds = {0.3};
  using Kind = TraceMark::Kind;
  plot.marks = {{10.0, "P", Kind::kLabel, false},
                {10.2, "P", Kind::kLabel, false},
                {10.1, "P 0.93", Kind::kPick, false},
                {11.0, "S 0.50", Kind::kPick, true},
                {60.0, "P", Kind::kLabel, false}};
  const std::string svg = to_svg(plot);
  EXPECT_EQ(count_of(svg, "class=\"trace\""), 3U);
  EXPECT_EQ(count_of(svg, "class=\"score"), 2U);
  EXPECT_EQ(count_of(svg, "class=\"mark"), 4U);  // the fifth lies beyond the window
  expect_no_text_on_text(svg);
}

TEST(TracesPlot, KeepsTheExtremesOfALongTrace) {
  std::vector<float> values(100'000, 0.0F);
  values[54'321] = 7.0F;
  values[54'322] = -7.0F;
  TracesPlot plot;
  plot.seconds = 1000.0;
  plot.components = {{"Z", values}};
  const std::string svg = to_svg(plot);
  // Both reach to 3 px from the ends of the row of 52 px that begins at 44.
  EXPECT_THAT(svg, HasSubstr(",47.0"));
  EXPECT_THAT(svg, HasSubstr(",93.0"));
  EXPECT_LT(svg.size(), 40'000U);
}

TEST(TracesPlot, CutsAHostileName) {
  TracesPlot plot;
  plot.title = std::string(10'000, '<');
  plot.seconds = 1.0;
  const std::string svg = to_svg(plot);
  EXPECT_THAT(svg, Not(HasSubstr("<<")));
  EXPECT_LT(text_boxes(svg).front().text.size(), 100U * 4U);
}

}  // namespace
}  // namespace geod::trainer
