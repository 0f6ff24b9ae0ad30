#pragma once

#include <span>

#include "trainer/evaluation.hpp"
#include "trainer/report_sections.hpp"

namespace geod::trainer {

/// The report of a picker: scores, curves, times of picks, confusion, calibration, the best,
/// typical and worst windows with what the network says, and where it all comes from.
/// @param score  as it was evaluated with; asked again for the windows that are shown.
Result<HtmlReport> pick_report(const ReportContext& context,
                               std::span<const EvaluatedRecording> evaluated,
                               const EvaluationSettings& settings,
                               const ScoreFunction& score);

}  // namespace geod::trainer
