#include "trainer/html_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pugixml.hpp>

#include "tests/unit/trainer/tmp_dir.hpp"
#include "trainer/svg_plot.hpp"

namespace geod::trainer {
namespace {

using testing::HasSubstr;
using testing::Not;

HtmlReport hostile_report() {
  const std::string hostile = "</td></style><script>alert(1)</script><img src=\"http://x/y\"/>&";
  HtmlReport report;
  report.title = hostile;
  report.subtitle = hostile;
  report.cards = {{hostile, hostile, hostile}};
  ReportSection section;
  section.title = hostile;
  section.paragraphs = {hostile};
  section.command = hostile;
  section.tables = {{hostile, {hostile, hostile}, {{hostile, hostile}}, true}};
  XyPlot plot{hostile, {hostile, false, {}, {}}, {hostile, false, {}, {}}, {}};
  plot.series = {{hostile, {{0, 0}, {1, 1}}, PlotSeries::Style::kPoints, {}, {hostile, hostile}},
                 {hostile, {{0, 0}, {1, 1}}}};
  section.figures = {{to_svg(plot), hostile}};
  report.sections = {section};
  return report;
}

TEST(HtmlReport, HoldsNoMarkupOfTheData) {
  const std::string page = to_html(hostile_report());
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"));
  pugi::xml_document document;
  const auto parsed = document.load_string(page.c_str(), pugi::parse_full);
  EXPECT_TRUE(parsed) << parsed.description() << " at " << parsed.offset;
}

TEST(HtmlReport, LoadsNothingFromElsewhere) {
  const std::string page = to_html(hostile_report());
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  for (const char* loader : {"<link", "<iframe", "@import", "url(", "<object", "<use"}) {
    EXPECT_THAT(page, Not(HasSubstr(loader)));
  }
}

TEST(HtmlReport, ShowsCardsTablesAndFiguresInTheirOrder) {
  HtmlReport report;
  report.title = "Run";
  report.cards = {{"F1 of P", "0.93", "within 0.1 s"}};
  ReportSection section;
  section.title = "Scores";
  section.tables = {{"Picks", {"score", "P", "S"}, {{"F1", "0.93", "0.81"}, {"recall", "1", "2"}}}};
  section.figures = {{to_svg(XyPlot{}), "a caption"}};
  report.sections = {section};
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(to_html(report).c_str()));
  const pugi::xml_node body = document.child("html").child("body");
  EXPECT_STREQ(body.child("h1").text().get(), "Run");
  EXPECT_STREQ(body.select_node("//div[@class='value']").node().text().get(), "0.93");
  EXPECT_EQ(body.select_nodes("//tbody/tr").size(), 2U);
  EXPECT_STREQ(body.select_node("//tbody/tr[2]/td[3]").node().text().get(), "2");
  EXPECT_STREQ(body.select_node("//figure/figcaption").node().text().get(), "a caption");
}

TEST(HtmlReport, IsWrittenWholeOrNotAtAll) {
  const test::TmpDir folder;
  ASSERT_TRUE(write_html(folder / "report.html", {}));
  EXPECT_THAT(test::read_all(folder / "report.html"), testing::StartsWith("<!DOCTYPE html>"));
  const auto written = write_html(folder / "no" / "report.html", {});
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().what, HasSubstr("report.html"));
}

}  // namespace
}  // namespace geod::trainer
