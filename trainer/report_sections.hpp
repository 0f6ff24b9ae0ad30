#pragma once

#include <string>
#include <utility>
#include <vector>

#include "models/geometry.hpp"
#include "trainer/calibration.hpp"
#include "trainer/dataset_description.hpp"
#include "trainer/html_report.hpp"
#include "trainer/metrics_log.hpp"

namespace geod::trainer {

/// What every report tells beside the scores.
struct ReportContext {
  std::string title;                                       ///< "my-picker 1, phase picking"
  std::string subtitle;                                    ///< what it was scored on
  std::string command;                                     ///< as typed
  std::vector<std::pair<std::string, std::string>> facts;  ///< model, hash, steps, seed, ...
  DatasetDescription data;
  MetricsHistory history;  ///< of the run; empty: no curves
};

/// Loss, learning rate and the validated scores over the steps. A section without figures when
/// `history` has none of them.
ReportSection curves_section(const MetricsHistory& history);

/// Command, facts, data with licences and exclusions.
ReportSection provenance_section(const ReportContext& context);

/// "phase picking", "first motion", "back-azimuth", "magnitude", "epicentral distance".
const char* name_of(models::Task task);

/// A number for people: three digits, "-" for what is not a number.
std::string number_text(double value);
/// With `decimals` after the point.
std::string number_text(double value, int decimals);
/// As per cent with one decimal.
std::string percent_text(double share);

/// Reliability bins as a table: range, count, stated, observed.
ReportTable reliability_table(std::string caption, const Reliability& reliability);

}  // namespace geod::trainer
