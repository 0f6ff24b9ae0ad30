#pragma once

#include <span>

#include "trainer/report_sections.hpp"
#include "trainer/scalar_evaluation.hpp"

namespace geod::trainer {

/// The report of a scalar task: scores, curves, errors, confusion (pmp), calibration, the best,
/// typical and worst windows, and where it all comes from.
HtmlReport scalar_report(const ReportContext& context,
                         std::span<const EvaluatedEvent> evaluated,
                         const ScalarEvaluationSettings& settings);

}  // namespace geod::trainer
