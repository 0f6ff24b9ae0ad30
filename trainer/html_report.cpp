#include "trainer/html_report.hpp"

#include <span>

#include <fmt/format.h>

#include "adapters/base64.hpp"
#include "models/file_io.hpp"
#include "trainer/html_style.hpp"
#include "trainer/svg_canvas.hpp"

namespace geod::trainer {
namespace {

/// Nothing may be loaded or run, whatever a text of the data holds.
constexpr const char* kPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

std::string cards_html(const std::vector<ReportCard>& cards) {
  if (cards.empty()) {
    return "";
  }
  std::string out = "<div class=\"cards\">\n";
  for (const ReportCard& card : cards) {
    out += fmt::format(
        "<div class=\"card\"><div class=\"what\">{}</div><div class=\"value\">{}</div>"
        "<div class=\"note\">{}</div></div>\n",
        escaped(card.label),
        escaped(card.value),
        escaped(card.note));
  }
  return out + "</div>\n";
}

std::string row_html(const std::vector<std::string>& cells, std::string_view element) {
  std::string out = "<tr>";
  for (const std::string& cell : cells) {
    out += fmt::format("<{0}>{1}</{0}>", element, escaped(cell));
  }
  return out + "</tr>\n";
}

std::string table_html(const ReportTable& table) {
  std::string out =
      fmt::format("<div class=\"wide\"><table{}>\n", table.numbers ? " class=\"numbers\"" : "");
  if (!table.caption.empty()) {
    out += fmt::format("<caption>{}</caption>\n", escaped(table.caption));
  }
  out += "<thead>" + row_html(table.head, "th") + "</thead>\n<tbody>\n";
  for (const auto& row : table.rows) {
    out += row_html(row, "td");
  }
  return out + "</tbody></table></div>\n";
}

std::string png_html(const ReportFigure& figure) {
  return fmt::format("<img alt=\"{}\" src=\"data:image/png;base64,{}\"/>\n",
                     escaped(figure.caption),
                     adapters::to_base64(std::span<const std::byte>(figure.png)));
}

std::string section_html(const ReportSection& section) {
  std::string out = fmt::format("<section>\n<h2>{}</h2>\n", escaped(section.title));
  for (const std::string& paragraph : section.paragraphs) {
    out += fmt::format("<p>{}</p>\n", escaped(paragraph));
  }
  if (!section.command.empty()) {
    out += fmt::format("<pre><code>{}</code></pre>\n", escaped(section.command));
  }
  if (!section.tables.empty()) {
    out += "<div class=\"tables\">\n";
    for (const ReportTable& table : section.tables) {
      out += table_html(table);
    }
    out += "</div>\n";
  }
  if (!section.figures.empty()) {
    out += "<div class=\"figures\">\n";
    for (const ReportFigure& figure : section.figures) {
      out += fmt::format("<figure>\n{}<figcaption>{}</figcaption>\n</figure>\n",
                         figure.png.empty() ? figure.svg : png_html(figure),
                         escaped(figure.caption));
    }
    out += "</div>\n";
  }
  return out + "</section>\n";
}

}  // namespace

std::string to_html(const HtmlReport& report) {
  std::string out = fmt::format(
      "<!DOCTYPE html>\n"
      "<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n"
      "<meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\"/>\n"
      "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n"
      "<h1>{}</h1>\n<p class=\"subtitle\">{}</p>\n",
      kPolicy,
      escaped(report.title),
      kReportStyle,
      escaped(report.title),
      escaped(report.subtitle));
  out += cards_html(report.cards);
  for (const ReportSection& section : report.sections) {
    out += section_html(section);
  }
  return out + "</body>\n</html>\n";
}

Result<void> write_html(const std::filesystem::path& path, const HtmlReport& report) {
  const std::string page = to_html(report);
  const std::span<const std::byte> chunks[] = {std::as_bytes(std::span(page))};
  return models::write_file_atomically(path, chunks);
}

}  // namespace geod::trainer
