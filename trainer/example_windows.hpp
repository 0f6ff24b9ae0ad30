#pragma once

#include <string>
#include <vector>

#include "trainer/evaluation.hpp"
#include "trainer/report_sections.hpp"
#include "trainer/scalar_evaluation.hpp"

namespace geod::trainer {

/// Windows worth looking at: two of the best, two typical ones, two of the worst.
struct RankedExample {
  std::size_t index = 0;  ///< of what was ranked
  std::string rank;       ///< "best", "typical", "worst"
};

/// @param badness  of each candidate, the greater the worse. Each comes at most once; ties in the
/// order of the candidates.
std::vector<RankedExample> ranked_examples(std::span<const double> badness);

/// Three components, scores, labels and picks around the first label of recordings that have one.
Result<std::vector<ReportFigure>> pick_examples(std::span<const EvaluatedRecording> evaluated,
                                                const EvaluationSettings& settings,
                                                const ScoreFunction& score);

/// Three components around the P of events, with what is known and what was said.
std::vector<ReportFigure> scalar_examples(std::span<const EvaluatedEvent> evaluated,
                                          const ScalarEvaluationSettings& settings);

}  // namespace geod::trainer
