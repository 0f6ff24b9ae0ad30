#include "trainer/svg_canvas.hpp"

#include <gtest/gtest.h>

namespace geod::trainer {
namespace {

TEST(Escaped, LeavesNoMarkupInAnElementOrAnAttribute) {
  EXPECT_EQ(escaped(R"(</td><script x="1">'&)"),
            "&lt;/td&gt;&lt;script x=&quot;1&quot;&gt;&#39;&amp;");
  EXPECT_EQ(escaped("Zürich 地震 🌍"), "Zürich 地震 🌍");
}

TEST(Escaped, ReplacesWhatNoDocumentMayHold) {
  const std::string r = "\xEF\xBF\xBD";
  EXPECT_EQ(escaped(std::string_view("a\0b\x1B[1m\x7F", 8)), "a" + r + "b" + r + "[1m" + r);
  EXPECT_EQ(escaped("\xFF"), r);
  EXPECT_EQ(escaped("\xC3"), r);                          // cut off
  EXPECT_EQ(escaped("\xC0\xAF"), r + r);                  // overlong
  EXPECT_EQ(escaped("\xE0\x80\xAF"), r + r + r);          // overlong
  EXPECT_EQ(escaped("\xED\xA0\x80"), r + r + r);          // a surrogate
  EXPECT_EQ(escaped("\xF4\x90\x80\x80"), r + r + r + r);  // beyond U+10FFFF
  EXPECT_EQ(escaped("\xEF\xBF\xBF"), r + r + r);          // U+FFFF
  EXPECT_EQ(escaped("a\tb\n"), "a\tb\n");
}

TEST(Fitted, CutsBetweenCharacters) {
  EXPECT_EQ(fitted("abc", 100.0), "abc");
  EXPECT_EQ(fitted("abcdefghijklmnop", 7.2 * 5), "abcd\u2026");
  EXPECT_EQ(fitted("ééééééé", 7.2 * 3), "éé\u2026");
  EXPECT_LE(text_width(fitted("ééééééé", 7.2 * 3)), 7.2 * 3);
}

TEST(SvgCanvas, EscapesTextsAndHints) {
  SvgCanvas canvas(10.0, 20.0, "a \"b\"");
  canvas.text({1.0, 2.0}, Anchor::kMiddle, "label", "<b>");
  canvas.circle({1.0, 2.0}, 3.0, "point", "x & y");
  EXPECT_EQ(canvas.finish(),
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"a &quot;b&quot;\" "
            "viewBox=\"0 0 10 20\" width=\"10\" height=\"20\">\n"
            "<text class=\"label\" x=\"1.0\" y=\"2.0\" text-anchor=\"middle\">&lt;b&gt;</text>\n"
            "<circle class=\"point\" cx=\"1.0\" cy=\"2.0\" r=\"3.0\"><title>x &amp; "
            "y</title></circle>\n"
            "</svg>\n");
}

}  // namespace
}  // namespace geod::trainer
