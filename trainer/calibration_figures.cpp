#include "trainer/calibration_figures.hpp"

#include <fmt/format.h>

#include "trainer/svg_plot.hpp"

namespace geod::trainer {
namespace {

constexpr double kSide = 340.0;

XyPlot unit_square(std::string title, std::string x_label, std::string y_label) {
  XyPlot plot;
  plot.title = std::move(title);
  plot.x = {std::move(x_label), false, 0.0, 1.0};
  plot.y = {std::move(y_label), false, 0.0, 1.0};
  plot.width = kSide;
  plot.height = kSide;
  plot.series.push_back({"ideal", {{0.0, 0.0}, {1.0, 1.0}}, PlotSeries::Style::kReference});
  return plot;
}

}  // namespace

std::string reliability_figure(const std::vector<std::pair<std::string, Reliability>>& named,
                               std::string title) {
  XyPlot plot = unit_square(std::move(title), "stated probability", "observed share");
  for (const auto& [name, reliability] : named) {
    PlotSeries series{name, {}, PlotSeries::Style::kLineAndPoints};
    for (const ReliabilityBin& bin : reliability.bins) {
      if (bin.count > 0) {
        series.points.push_back({bin.mean_probability, bin.observed});
        series.hints.push_back(fmt::format("{}: stated {:.2f}, observed {:.2f}, {} of them",
                                           name,
                                           bin.mean_probability,
                                           bin.observed,
                                           bin.count));
      }
    }
    plot.series.push_back(std::move(series));
  }
  return to_svg(plot);
}

std::string coverage_figure(const std::vector<std::pair<std::string, std::vector<double>>>& named,
                            std::string title) {
  XyPlot plot = unit_square(std::move(title), "nominal share", "share inside");
  for (const auto& [name, normalised] : named) {
    PlotSeries series{name, {}, PlotSeries::Style::kLineAndPoints};
    if (!normalised.empty()) {
      for (const CoverageRow& row : coverage(normalised)) {
        series.points.push_back({row.nominal, row.observed});
      }
    }
    plot.series.push_back(std::move(series));
  }
  return to_svg(plot);
}

}  // namespace geod::trainer
