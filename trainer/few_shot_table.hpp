#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "models/geometry.hpp"
#include "trainer/html_report.hpp"

namespace geod::trainer {

/// One run of the few-shot protocol and its scores on the events it was tested on.
struct FewShotRun {
  double share = 0.0;  ///< of the events trained on
  std::uint64_t seed = 0;
  std::string scores_json;  ///< scores_to_json or scalar_scores_to_json
};

/// A score over the seeds of one share.
struct FewShotCell {
  double mean = 0.0;    ///< NaN without a number
  double spread = 0.0;  ///< sample standard deviation; 0 for one run
};

struct FewShotRow {
  double share = 0.0;
  int runs = 0;
  std::vector<FewShotCell> cells;  ///< one for each of FewShotTable::scores
};

/// The scores of the paper's few-shot table and the honest ones beside them, by share.
struct FewShotTable {
  std::vector<std::string> scores;
  std::vector<FewShotRow> rows;  ///< ascending in share
};

/// kCorruptRecord when the scores of a run are no JSON object.
Result<FewShotTable> few_shot_table(models::Task task, std::span<const FewShotRun> runs);

std::string to_text(const FewShotTable& table);
/// {"task", "rows": [{"share", "runs", "scores": {name: {"mean", "std"}}}]}
std::string to_json(models::Task task, const FewShotTable& table);
/// Table and curves over the share.
HtmlReport to_report(models::Task task, const FewShotTable& table, const std::string& command);

}  // namespace geod::trainer
